"""An export request: query parameters and reader in, an `Order` out, or RequestError.

`feeds` names the feeds (absent: all that the reader may read), `cursor` where to go on, `chunk` how many rows
travel at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from feedsync import contract, registry
from feedsync.conf import Reader
from feedsync.contract import Identity
from feedsync.export import cursor as cursors
from feedsync.export.cursor import Cursor
from feedsync.export.errors import NotVisible, RequestError, StaleCursor, UnknownFeed
from feedsync.registry import Feed
from feedsync.shape import shape_of

CHUNK = 2_000
MAX_CHUNK = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to export: feeds in dependency order, rows a chunk, and where to go on."""

    feeds: tuple[Feed, ...]
    chunk: int
    cursor: Cursor | None
    identity: Identity


def parse(parameters: Mapping[str, str], reader: Reader) -> Order:
    feeds = _feeds(parameters.get("feeds", ""), reader)
    identity = contract.identity()
    cursor = cursors.decode(parameters["cursor"]) if parameters.get("cursor") else None
    if cursor:
        _check(cursor, feeds, identity)
    return Order(feeds=tuple(feeds), chunk=_chunk(parameters.get("chunk", "")), cursor=cursor, identity=identity)


def _feeds(text: str, reader: Reader) -> list[Feed]:
    labels = {label.strip().lower() for label in text.split(",") if label.strip()}
    if not labels:
        return contract.visible(reader)
    for label in sorted(labels):
        if not reader.may_read(label):
            raise NotVisible(f"The feed {label} is not open to {reader.name}.")
        if registry.find(label) is None:
            raise UnknownFeed(f"The feed {label} is not registered here.")
    return contract.in_order(labels)


def _chunk(text: str) -> int:
    if not text:
        return CHUNK
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_CHUNK):
        raise RequestError(f"chunk must be a number from 1 to {MAX_CHUNK}.")
    return int(text)


def _check(cursor: Cursor, feeds: list[Feed], identity: Identity) -> None:
    """The cursor must belong to these feeds and to this life of the database."""
    if cursor.incarnation != identity.incarnation:
        raise StaleCursor
    places = {feed.label if cursor.rows else feed.alias: feed for feed in feeds}
    feed = places.get(cursor.place)
    if feed is None:
        raise RequestError(f"The cursor stands at {cursor.place}, which is not among the feeds that were asked for.")
    try:
        _position(cursor, feed)
    except (ValueError, ValidationError) as error:
        raise RequestError("The cursor is none that this environment gave.") from error


def _position(cursor: Cursor, feed: Feed) -> None:
    if cursor.after is not None:
        shape_of(feed).pk_value(cursor.after) if cursor.rows else int(cursor.after)
