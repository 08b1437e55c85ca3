"""Changes and pages: what one Pub/Sub message holds.

A `Change` is one object's full registered state, or its deletion, at a version from an origin. A page is up to 500
changes or 256 KiB of one feed from one origin, JSON compressed with zstd. `encode_pages` splits, `decode_page` checks
everything that it reads and raises MalformedPage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import zstandard

from feedsync import natural_keys
from feedsync.errors import MalformedPage, NewerWire, PermanentError
from feedsync.wire import json

WIRE_VERSION = 1
MAX_CHANGES = 500
MAX_BYTES = 256 * 1024
MAX_CHANGE_BYTES = 9_500_000  # Pub/Sub takes requests of 10 MB
MAX_DECODED_BYTES = 64 * 1024 * 1024
COMPRESSION_LEVEL = 3
MAX_FEED, MAX_ORIGIN = 200, 100  # as wide as the columns that keep them


class Unpublishable(PermanentError):
    """The change can't be published: a value is no JSON, or it is above 9.5 MB."""


Rank = tuple[int, str]  # (version, origin): the higher version wins, then the origin's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`key`: canonical text. `fields`: {name: JSON value}, None for a deletion. `former`: earlier keys, youngest first
    (P3); `left_at`: the rank of the change that left each, None for this change's own. `marked_at`: milliseconds, when
    the edit was made."""

    feed: str
    key: str
    version: int
    origin: str
    fields: Mapping[str, Any] | None
    former: tuple[str, ...] = ()
    left_at: tuple[Rank | None, ...] = ()
    marked_at: int = 0
    base: Rank | None = None  # what its author's environment knew of the object; None: it doesn't say
    buried: int = 0  # version of the last deletion of this key, before the object was made anew

    @property
    def deleted(self) -> bool:
        return self.fields is None

    @property
    def key_hash(self) -> str:
        return natural_keys.digest(self.key)

    @property
    def rank(self) -> Rank:
        """What the gate compares."""
        return (self.version, self.origin)

    @property
    def departures(self) -> dict[str, Rank]:
        """{former key: rank of the change that left it}."""
        return {key: rank or self.rank for key, rank in zip_longest(self.former, self.left_at)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One message: its attributes for filters, its data, and how many changes it holds."""

    attributes: Mapping[str, str]
    data: bytes
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A decoded page. `sender`: who passed it on (P7); empty where the origin published it itself."""

    feed: str
    origin: str
    incarnation: str
    changes: tuple[Change, ...]
    sender: str = ""


def encode_change(change: Change) -> dict[str, Any]:
    """The JSON object of a change, without feed and origin, which its page carries."""
    item: dict[str, Any] = {"k": natural_keys.parse(change.key), "v": change.version}
    if change.former:
        item["p"] = [natural_keys.parse(key) for key in change.former]
    if any(change.left_at):
        item["l"] = change.left_at
    if change.marked_at:
        item["m"] = change.marked_at
    if change.base is not None:
        item["b"] = change.base
    if change.buried:
        item["x"] = change.buried
    if change.fields is None:
        item["d"] = True
    else:
        item["f"] = change.fields
    return item


def decode_change(item: Any, *, feed: str, origin: str) -> Change:
    """Reads what `encode_change` wrote; unknown names are ignored."""
    try:
        former = tuple(natural_keys.text(_list(key)) for key in item.get("p", ()))
        return Change(
            feed=feed,
            key=natural_keys.text(_list(item["k"])),
            version=_integer(item["v"]),
            origin=_name(item.get("o", origin), MAX_ORIGIN),
            fields=None if item.get("d") is True else _mapping(item["f"]),
            former=former,
            left_at=tuple(_rank(value) for value in item.get("l", ()))[: len(former)],
            marked_at=_integer(item.get("m", 0)),
            base=_base(item.get("b")),
            buried=_integer(item.get("x", 0)),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MalformedPage(f"A change of {feed} can't be read: {error!r}") from error


def encode_pages(
    changes: Iterable[Change],
    *,
    incarnation: str,
    sender: str = "",
    refuse: Callable[[Change, Unpublishable], None] | None = None,
) -> Iterator[Page]:
    """Pages of changes that share feed and origin; a change above the page size travels alone (R13).

    `incarnation`, `sender`: of whoever publishes them; a page says its sender only where that isn't the origin.
    `refuse` is told of each change that can't be encoded, and the rest goes on; without it that raises Unpublishable.
    """
    batch: list[bytes] = []
    size = 0
    first: Change | None = None
    for change, item in _encoded(changes, refuse):
        full = len(batch) >= MAX_CHANGES or size + len(item) > MAX_BYTES
        if first and (full or (change.feed, change.origin) != (first.feed, first.origin)):
            yield _page(first, batch, incarnation, sender)
            batch, size, first = [], 0, None
        first = first or change
        batch.append(item)
        size += len(item) + 1
    if first:
        yield _page(first, batch, incarnation, sender)


def _encoded(
    changes: Iterable[Change], refuse: Callable[[Change, Unpublishable], None] | None
) -> Iterator[tuple[Change, bytes]]:
    for change in changes:
        try:
            item = _encode(change)
        except Unpublishable as error:
            if refuse is None:
                raise
            refuse(change, error)
        else:
            yield change, item


def _encode(change: Change) -> bytes:
    try:
        item = json.dumps(encode_change(change))
    except (TypeError, ValueError) as error:
        raise Unpublishable(f"{change.feed} {change.key}: a value is no JSON: {error}") from error
    if len(item) > MAX_CHANGE_BYTES:
        raise Unpublishable(f"{change.feed} {change.key} has {len(item)} bytes; {MAX_CHANGE_BYTES} can be published.")
    return item


def _page(first: Change, items: list[bytes], incarnation: str, sender: str) -> Page:
    head = {"wire": WIRE_VERSION, "feed": first.feed, "origin": first.origin, "incarnation": incarnation}
    passed_on = {"sender": sender} if sender not in ("", first.origin) else {}
    head |= passed_on
    data = b'%s,"changes":[%s]}' % (json.dumps(head)[:-1], b",".join(items))
    return Page(
        attributes={"feed": first.feed, "origin": first.origin, "wire": str(WIRE_VERSION), **passed_on},
        data=zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(data),
        count=len(items),
    )


def decode_page(data: bytes) -> Incoming:
    """The changes of a message; raises MalformedPage or NewerWire."""
    page = _open(data)
    wire = page.get("wire")
    if isinstance(wire, int) and wire > WIRE_VERSION:
        raise NewerWire(f"The page has wire version {wire}; this feedsync reads up to {WIRE_VERSION}: upgrade it.")
    if wire != WIRE_VERSION:
        raise MalformedPage("The page has no wire version.")
    feed, origin = _name(page.get("feed"), MAX_FEED), _name(page.get("origin"), MAX_ORIGIN)
    items = page.get("changes")
    if not isinstance(items, list):
        raise MalformedPage("The page has no list of changes.")
    changes = tuple(decode_change(item, feed=feed, origin=origin) for item in items)
    sender = _name(page["sender"], MAX_ORIGIN) if "sender" in page else ""
    incarnation = str(page.get("incarnation", ""))
    return Incoming(feed=feed, origin=origin, sender=sender, incarnation=incarnation, changes=changes)


def _open(data: bytes) -> dict[str, Any]:
    try:
        page = json.loads(_decompress(data))
    except (zstandard.ZstdError, ValueError) as error:
        raise MalformedPage(f"The message is no page: {error}") from error
    if not isinstance(page, dict):
        raise MalformedPage("The message is no page: not a JSON object.")
    return page


def _decompress(data: bytes) -> bytes:
    """The size stands in the head of the frame; one that lies about it, or hides it, is no page of ours."""
    size = zstandard.frame_content_size(data)
    if not 0 <= size <= MAX_DECODED_BYTES:
        raise MalformedPage(f"The page is larger than {MAX_DECODED_BYTES} bytes, or hides how large it is.")
    return zstandard.ZstdDecompressor().decompress(data)


def _name(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise MalformedPage(f"A feed or origin of the page is none: {str(value)[:longest]!r}.")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise TypeError("no key")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise TypeError("no version")
    return value


def _rank(value: Any) -> Rank | None:
    if value is None:
        return None
    version, origin = value
    return (_integer(version), _name(origin, MAX_ORIGIN))


def _base(value: Any) -> Rank | None:
    """Of an object that nothing was known of: version 0 of nobody."""
    return (0, "") if value is not None and not value[0] else _rank(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no fields")
    return value
