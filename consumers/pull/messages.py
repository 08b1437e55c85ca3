"""The lines of an export as the replica reads them: bytes in, header, chunks and end out.

Promised: a stream without its end line raises SourceUnavailable, one that says what went wrong does so in its words,
and anything that is no export raises SourceAnswer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feedsync.errors import SourceAnswer, SourceUnavailable
from feedsync.wire import json
from feedsync.wire.page import Change, decode_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`counts`: {feed: objects, about}."""

    environment: str
    incarnation: str
    clock: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Changes, and the cursor behind them. `size`: bytes of JSON. `closing`: of the stream's second part, which brings
    tombstones, and objects that were sent before once more where they got another key."""

    changes: tuple[Change, ...]
    cursor: str
    size: int
    closing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The stream is complete. `counts`: {feed: objects sent}, `failed`: what couldn't be, over all resumptions."""

    counts: Mapping[str, int]
    tombstones: int
    failed: int = 0


Message = Header | Chunk | End


def read(lines: Iterable[bytes]) -> Iterator[Message]:
    """Header first, End last."""
    changes: list[Change] = []
    size = 0
    for number, line in enumerate(lines):
        item = _parsed(line)
        size += len(line)
        if number == 0:
            yield _header(item)
        elif "changes" in item:
            changes += _changes(item)
        elif "cursor" in item:
            yield Chunk(changes=tuple(changes), cursor=str(item["cursor"]), size=size, closing="tombstones" in item)
            changes, size = [], 0
        elif "end" in item:
            tombstones, failed = int(item.get("tombstones", 0)), int(item.get("failed", 0))
            yield End(counts=_counts(item.get("counts")), tombstones=tombstones, failed=failed)
            return
        elif "error" in item:
            raise SourceUnavailable(str(item["error"]))
    raise SourceUnavailable("The source's stream stopped before its end line.")


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except ValueError as error:
        raise SourceAnswer("The source answered a line that is no JSON: is there a proxy before it?") from error
    if not isinstance(item, dict):
        raise SourceAnswer("The source answered JSON that is no export of feedsync.")
    return item


def _header(item: Mapping[str, Any]) -> Header:
    if "error" in item:
        raise SourceUnavailable(str(item["error"]))
    if item.get("export") != 1:
        raise SourceAnswer("The source answered JSON that is no export of feedsync.")
    return Header(
        environment=str(item.get("environment")),
        incarnation=str(item.get("incarnation")),
        clock=int(item.get("clock") or 0),
        counts=_counts(item.get("counts")),
    )


def _changes(item: Mapping[str, Any]) -> Iterator[Change]:
    feed, origin = str(item.get("feed")), str(item.get("origin"))
    return (decode_change(change, feed=feed, origin=origin) for change in item["changes"])


def _counts(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or not all(isinstance(count, int) for count in value.values()):
        raise SourceAnswer("The source answered an export without counts.")
    return value
