"""One chunk of a database's tombstones: a position in the ledger in, encoded deletions out (R28).

A forwarding tombstone is preceded by the object under its present key (P3): the replica may have got it under the
old one. A key that a row carries again is left out, since that row was sent (R11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedsync import renames, snapshot
from feedsync.contract import Identity
from feedsync.export import lines, rows
from feedsync.ledger import FIELDS, Entry
from feedsync.models import LedgerEntry
from feedsync.registry import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Encoded changes by feed, how many deletions are among them, and after which ledger id the next chunk begins."""

    items: Sequence[tuple[Feed, list[bytes]]]
    count: int
    last: str | None


def chunk(feeds: Sequence[Feed], after: str | None, size: int, *, identity: Identity) -> Chunk:
    """The next `size` tombstones of feeds that share a database."""
    using = feeds[0].alias
    query = LedgerEntry.objects.using(using).filter(
        feed__in=[feed.label for feed in feeds], deleted_at__isnull=False, id__gt=int(after or 0)
    )
    found = list(query.order_by("id").values_list("id", *FIELDS)[:size])
    entries = [Entry(**dict(zip(FIELDS, values, strict=True))) for _, *values in found]
    groups = [(feed, [entry for entry in entries if entry.feed == feed.label]) for feed in feeds]
    items = [(feed, _encode(feed, group, identity=identity)) for feed, group in groups if group]
    return Chunk(items=items, count=len(entries), last=str(found[-1][0]) if found else None)


def _encode(feed: Feed, entries: Sequence[Entry], *, identity: Identity) -> list[bytes]:
    heirs = {entry.key_hash: entry for entry in renames.heirs(feed.alias, feed.label, entries).values()}
    moved = rows.of_entries(feed, heirs.values(), identity=identity)
    alive = {state.key for state in snapshot.by_keys(feed, feed.alias, [entry.key for entry in entries])}
    return moved + [_deletion(entry, identity) for entry in entries if entry.key not in alive]


def _deletion(entry: Entry, identity: Identity) -> bytes:
    return lines.deletion(
        entry.key, entry.version, origin=None if entry.origin == identity.environment else entry.origin
    )
