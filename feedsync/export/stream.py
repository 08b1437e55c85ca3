"""The export from its first line to its last: an `Order` in, blocks of lines out, a block a chunk.

Promised: a chunk in memory and no transaction held between blocks; only a stream that ends with its end line is
complete.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Generator, Iterator
from dataclasses import replace

from django.db import connections

from feedsync import clock, contract, fingerprints, rowsets
from feedsync.export import ahead, lines, rows, tombstones, vanished
from feedsync.export import cursor as cursors
from feedsync.export.cursor import Cursor
from feedsync.export.requests import Order
from feedsync.models import FeedState
from feedsync.registry import Feed

FIRST_CHUNK = 200
CHUNK_BYTES = 8 * 1024 * 1024

logger = logging.getLogger("feedsync.export")


def blocks(order: Order, *, now: clock.Milliseconds = clock.wall_clock) -> Iterator[bytes]:
    """The whole stream; a failure ends it with a line that says so, and without an end line."""
    try:
        yield from _blocks(order, now)
    except Exception as error:
        # The border of the source: the status was sent long ago, and the reader should not guess from a cut stream.
        logger.exception("export failed", extra={"feeds": [feed.label for feed in order.feeds]})
        yield lines.line(error=f"{order.identity.environment} could not go on ({type(error).__name__}): see its log.")


def _blocks(order: Order, now: clock.Milliseconds) -> Iterator[bytes]:
    unchecked: dict[str, str] = {}
    for alias, feeds in _by_alias(order.feeds):
        fingerprints.note(alias, feeds)
        unchecked |= _unchecked(alias, feeds)
    counts = _counts(order.feeds)
    yield _header(order, counts, now)
    at = order.cursor or Cursor(
        incarnation=order.identity.incarnation,
        unchecked=unchecked,
        place=order.feeds[0].label if order.feeds else "",
        seen={feed.label: 0 for feed in order.feeds},
    )
    if at.rows:
        for feed in _from(order.feeds, at.place):
            # Where there was no row, what comes now has its own mark, like a row behind the last chunk.
            at = yield from _feed(order, feed, at, counts[feed.label])
    for alias, feeds in _by_alias(order.feeds):
        if at.rows or alias >= at.place:
            at = yield from _deletions(order, alias, feeds, at)
    yield lines.line(end=1, counts=dict(at.seen), tombstones=at.tombstones, failed=at.failed)


def _header(order: Order, counts: dict[str, int], now: clock.Milliseconds) -> bytes:
    """`clock`: a version that no change to come will be below; it moves on where nobody writes, too (P5)."""
    whose = contract.identity()
    return lines.line(
        export=1,
        environment=whose.environment,
        incarnation=order.identity.incarnation,
        clock=max(whose.clock, clock.at(now())),
        genesis=whose.genesis,
        feeds=[feed.label for feed in order.feeds],
        counts=counts,
    )


def _counts(feeds: tuple[Feed, ...]) -> dict[str, int]:
    """{feed: its rows}, in one look at each database."""
    counts = dict.fromkeys((feed.label for feed in feeds), 0)
    for alias, group in _by_alias(feeds):
        name = connections[alias].ops.quote_name
        looks = ", ".join(f"(SELECT count(*) FROM {name(feed.model._meta.db_table)})" for feed in group)
        [found] = rowsets.fetch(alias, f"SELECT {looks}")
        counts |= zip((feed.label for feed in group), found, strict=True)
    return counts


def _from(feeds: tuple[Feed, ...], label: str) -> Iterator[Feed]:
    return itertools.dropwhile(lambda feed: feed.label != label, feeds)


def _by_alias(feeds: tuple[Feed, ...]) -> list[tuple[str, list[Feed]]]:
    ordered = sorted(feeds, key=lambda feed: feed.alias)
    return [(alias, list(group)) for alias, group in itertools.groupby(ordered, key=lambda feed: feed.alias)]


def _feed(order: Order, feed: Feed, at: Cursor, count: int) -> Generator[bytes, None, Cursor]:
    """Its chunks; returns where the export stands then."""
    if at.place != feed.label:
        at = replace(at, place=feed.label, after=None)
    size = min(FIRST_CHUNK, order.chunk)
    while count:
        yield from ahead.measure(feed, rows.following(feed, at.after)[:size])
        chunk = rows.chunk(feed, at.after, size, identity=order.identity)
        if chunk.last is None:
            break
        seen = {**at.seen, feed.label: at.seen.get(feed.label, 0) + len(chunk.items)}
        at = replace(at, after=chunk.last, seen=seen, failed=at.failed + chunk.failed)
        block = b"".join(lines.changes(feed.label, order.identity.environment, chunk.items))
        yield block + lines.line(cursor=cursors.encode(at), seen=seen[feed.label])
        size = _next_size(order, len(chunk.items), len(block))
    _checked(feed, at.unchecked.get(feed.label))
    return at


def _next_size(order: Order, count: int, size: int) -> int:
    """As many rows as make 8 MiB, at most what was asked for."""
    return max(1, min(order.chunk, CHUNK_BYTES * max(1, count) // max(1, size)))


def _deletions(order: Order, alias: str, feeds: list[Feed], at: Cursor) -> Generator[bytes, None, Cursor]:
    """The tombstones of a database; returns where the export stands then."""
    if at.rows or at.place != alias:
        at = replace(at, rows=False, place=alias, after=None)
    while True:
        chunk = tombstones.chunk(feeds, at.after, order.chunk, identity=order.identity)
        if chunk.last is None:
            return at
        at = replace(at, after=chunk.last, tombstones=at.tombstones + chunk.count)
        block = b"".join(
            b"".join(lines.changes(feed.label, order.identity.environment, items)) for feed, items in chunk.items
        )
        yield block + lines.line(cursor=cursors.encode(at), tombstones=at.tombstones)


def _unchecked(alias: str, feeds: list[Feed]) -> dict[str, str]:
    """{feed: since when it was written past the capture}, before the first row is read."""
    statement = f"SELECT feed, unchecked_since FROM {FeedState._meta.db_table} WHERE unchecked_since IS NOT NULL"
    labels = {feed.label for feed in feeds}
    return {label: since.isoformat() for label, since in rowsets.fetch(alias, statement, moment=1) if label in labels}


def _checked(feed: Feed, since: str | None) -> None:
    """Each row was compared with the ledger: what went past the capture before the export is known now (R7).

    A later write moved the record, even if it began earlier and was committed behind the cursor: then it stays.
    """
    if since is not None:
        vanished.mark(feed)
        states = FeedState.objects.using(feed.alias).filter(feed=feed.label)
        states.filter(unchecked_since=dt.datetime.fromisoformat(since)).update(unchecked_since=None, cause="")
