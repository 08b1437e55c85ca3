"""First step: read marks and their ledger rows, reserve a version above all that, commit (R8).

In: the outbox of one database. Out: a `Reservation`, or None where there is nothing to do. Whatever happens later,
the marks that it covers count as attempted (R9).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from feedsync import clock, ledger, natural_keys, rowsets
from feedsync.errors import LeaseLost
from feedsync.ledger import Address, Entry
from feedsync.models import LANES, FeedState
from feedsync.relay import leases, marks
from feedsync.relay.marks import Row
from feedsync.relay.worker import Worker

Name = tuple[str, str]  # (feed label, primary key as text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One object's marks. `deleted`: the row went, or was another object before; `deleted_keys`: under these keys, as
    far as its deletion marks can tell. `marked_at`: of the youngest, in milliseconds."""

    feed: str
    object_pk: str
    ids: tuple[int, ...]
    deleted: bool
    deleted_keys: frozenset[str]
    attempted: bool
    marked_at: int

    @property
    def name(self) -> Name:
        return (self.feed, self.object_pk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """`entries`: what the ledger knew of the marked objects. `unchecked`: feeds whose unchanged check is off (R7)."""

    marked: tuple[Marked, ...]
    entries: dict[Address, Entry]
    version: int
    lanes: frozenset[int]
    unchecked: frozenset[str]

    @property
    def mark_count(self) -> int:
        return sum(len(marked.ids) for marked in self.marked)


def reserve(worker: Worker) -> Reservation | None:
    """Take marks of free lanes and a version for them; None where no free lane has one."""
    using = worker.using
    with transaction.atomic(using=using):
        now = worker.now()
        free = leases.free(using, worker.holder, now)
        rows, lanes = _share(marks.read(using, free, worker.marks_at_once), worker.marks_at_once)
        if not rows:
            return None
        leases.take(using, worker.holder, lanes, now)
        marked = _by_object(rows)
        entries = _entries(using, marked)
        above = max((entry.version for entry in entries.values()), default=0)
        marks.count_attempt(using, [row.id for row in rows])
        return Reservation(
            marked=marked,
            entries=entries,
            version=clock.reserve(using, above=above, now=worker.now),
            lanes=lanes,
            unchecked=_unchecked(using, {item.feed for item in marked}),
        )


def reserve_above(worker: Worker, lanes: frozenset[int], above: int) -> int:
    """Another version for the same marks, where their rows turned out to have a higher one already."""
    with transaction.atomic(using=worker.using):
        version = clock.reserve(worker.using, above=above, now=worker.now)
        if not leases.held(worker.using, worker.holder, lanes, worker.now()):
            raise LeaseLost
        return version


def _share(rows: list[Row], full: int) -> tuple[list[Row], frozenset[int]]:
    """A full batch of many lanes keeps half of them: the rest is for another relay, at the same time."""
    lanes = list(dict.fromkeys(row.lane for row in rows))
    if len(rows) == full and len(lanes) > LANES // 2:
        lanes = lanes[: LANES // 2]
    kept = frozenset(lanes)
    return [row for row in rows if row.lane in kept], kept


def _by_object(rows: Iterable[Row]) -> tuple[Marked, ...]:
    groups: dict[Name, list[Row]] = {}
    for row in rows:
        groups.setdefault((row.feed, row.object_pk), []).append(row)
    return tuple(
        Marked(
            feed=feed,
            object_pk=object_pk,
            ids=tuple(row.id for row in group),
            deleted=any(row.key is not None for row in group),
            deleted_keys=frozenset(row.key for row in group if row.key),
            attempted=any(row.attempts for row in group),
            marked_at=max(int(row.at.timestamp() * 1000) for row in group),
        )
        for (feed, object_pk), group in groups.items()
    )


def _entries(using: str, marked: Iterable[Marked]) -> dict[Address, Entry]:
    """By primary key, and by the keys that deletion marks carry."""
    pks: dict[str, list[str]] = {}
    hashes: dict[str, list[str]] = {}
    for item in marked:
        pks.setdefault(item.feed, []).append(item.object_pk)
        hashes.setdefault(item.feed, []).extend(map(natural_keys.digest, item.deleted_keys))
    found = [entry for feed, names in pks.items() for entry in ledger.of_pks(using, feed, names)]
    for feed, names in hashes.items():
        if names:
            found += ledger.read(using, feed, names).values()
    return {entry.address: entry for entry in found}


def _unchecked(using: str, labels: Collection[str]) -> frozenset[str]:
    statement = f"SELECT feed FROM {FeedState._meta.db_table} WHERE unchecked_since IS NOT NULL"
    return frozenset(label for [label] in rowsets.fetch(using, statement)).intersection(labels)
