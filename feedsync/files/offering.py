"""Which file a request means: feed, field, natural key and hash in, an `Offer` out, or RequestError.

The row decides: a reader reaches what an object that it may read names at this moment, and nothing else of the storage.
Nothing is hashed here. A file that was changed past the capture is found out, and its object marked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.storage import Storage
from django.db import DataError

from feedsync import natural_keys, outbox, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.conf import Reader
from feedsync.export.errors import NotVisible, RequestError, UnknownFeed
from feedsync.files import known, measuring
from feedsync.files.fields import FileColumn
from feedsync.files.measuring import Problem
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.wire import json

logger = logging.getLogger("feedsync.files")

SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_KEY = 10_000
UNUSABLE = (TypeError, ValueError, LookupError, ArithmeticError, ValidationError)  # what decoding a value may raise


class NoSuchFile(RequestError):
    """The object has no such file now."""

    status = 404


class Changed(RequestError):
    """The object has another file by now: its newer change is on its way."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A file that may be read, as it was measured."""

    storage: Storage
    name: str
    size: int
    sha256: str

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'


def find(label: str, field: str, parameters: Mapping[str, str], reader: Reader) -> Offer:
    feed, column = _column(label.lower(), field, reader)
    sha256 = parameters.get("sha256", "")
    if not SHA256.fullmatch(sha256):
        raise RequestError("sha256 must be 64 hexadecimal digits.")
    key = _key(parameters.get("key", ""))
    for pk, name in _named(feed, column, key):
        return _offer(feed, column, pk, name, sha256)
    raise NoSuchFile(f"There is no {feed.label} with this key.")


def _column(label: str, field: str, reader: Reader) -> tuple[Feed, FileColumn]:
    if not reader.may_read(label):
        raise NotVisible(f"The feed {label} is not open to {reader.name}.")
    feed = registry.find(label)
    if feed is None:
        raise UnknownFeed(f"The feed {label} is not registered here.")
    for column in shape_of(feed).files:
        if column.name == field:
            return feed, column
    raise NoSuchFile(f"{label} has no file field {field!r} that is replicated.")


def _key(text: str) -> str:
    try:
        values = json.loads(text) if len(text) <= MAX_KEY else None
    except ValueError:
        values = None
    if not isinstance(values, list) or not values:
        raise RequestError("key must be a natural key, a JSON list.")
    return natural_keys.text(values)


def _named(feed: Feed, column: FileColumn, key: str) -> list[tuple[object, str | None]]:
    try:
        states = snapshot.by_keys(feed, feed.alias, [key])
    except (*UNUSABLE, DataError) as error:
        raise RequestError("key is no natural key of this feed.") from error
    query = (
        snapshot.rows(feed, feed.alias).filter(any_of(feed.alias, "pk", [state.pk for state in states])).order_by("pk")
    )
    return [(pk, name) for pk, [name] in primary_keys.beside(query, column.name)]


def _offer(feed: Feed, column: FileColumn, pk: object, name: str | None, sha256: str) -> Offer:
    item = known.by_names(feed.alias, column.place, [name]).get(name) if name else None
    if not name or item is None or item.sha256 != sha256:
        raise Changed
    try:
        same = measuring.still(item, measuring.stat_of(column.storage, name))
    except Problem as problem:
        logger.warning("a file can't be given out", extra={"place": column.place, "file": name, "reason": str(problem)})
        raise NoSuchFile(f"The file of this object can't be given out: {problem}") from problem
    if not same:
        outbox.mark_anew(feed.alias, feed.label, [primary_keys.text(pk)])
        raise Changed
    return Offer(storage=column.storage, name=name, size=item.size, sha256=sha256)
