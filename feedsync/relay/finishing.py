"""Last step: one transaction enters what was published into the ledger and removes the marks read (R1, R10).

An object whose ledger row is not what it was before its state was read keeps its marks: it is relayed again. What
can't be published becomes a dead change (R13). Everything is set-wise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields

from django.db import transaction

from feedsync import ledger, outbox, registry
from feedsync.ledger import Address, Entry
from feedsync.relay import announcing, dead, leases, marks, pausing, reading, referrers
from feedsync.relay.plan import Plan
from feedsync.relay.reservation import Name, Reservation
from feedsync.relay.worker import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a batch did. `left`: objects that are relayed again because an apply or another relay came in between.
    `forwarded`: changes of others that were passed on."""

    marks: int = 0
    published: int = 0
    forwarded: int = 0
    dead: int = 0
    left: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{item.name: getattr(self, item.name) + getattr(other, item.name) for item in fields(Counts)})


def finish(
    worker: Worker,
    reservation: Reservation,
    plan: Plan,
    *,
    known: Mapping[Address, Entry],
    refused: Mapping[Address, str],
) -> Counts:
    """Ledger, referrers of rows renamed or gone, dead changes, marks, leases: all or nothing."""
    using = worker.using
    entries = {place: entry for place, entry in plan.entries.items() if place not in refused}
    with transaction.atomic(using=using):
        changed = _changed_meanwhile(using, entries, known)
        overtaken = {name for place in changed for name in plan.touches[place]}
        unheard = {name for place in plan.changes.keys() - changed for name in plan.touches[place]} & overtaken
        unheard |= _told_otherwise(using, plan, known)
        left = overtaken | unheard
        done = [entry for place, entry in entries.items() if place not in changed and plan.touches[place] - left]
        ledger.put(using, done)
        pausing.count(using, done, known)
        settled = {entry.address for entry in done}
        referrers.mark(using, _at(plan.renamed, settled))
        referrers.mark_by_value(using, _at(plan.taking, settled))
        referrers.mark_generic(using, _at(plan.gone, settled))
        referrers.mark_unheard(using, _at(plan.born, settled))
        buried = dead.of(reservation, plan, refused, left)
        dead.put(using, buried)
        dead.forget(using, {name for entry in done for name in plan.touches[entry.address]}, buried)
        _mark_anew(using, unheard)
        removed = [number for one in reservation.marked if one.name not in left for number in one.ids]
        marks.remove(using, removed)
        leases.release(using, worker.holder, reservation.lanes)
    published = sum(1 for entry in done if entry.address in plan.changes)
    return Counts(marks=len(removed), published=published, dead=len(buried), left=len(left))


def leave(worker: Worker, reservation: Reservation) -> Counts:
    """Nothing was published: all marks stay."""
    with transaction.atomic(using=worker.using):
        leases.release(worker.using, worker.holder, reservation.lanes)
    return Counts(left=len(reservation.marked))


def _told_otherwise(using: str, plan: Plan, known: Mapping[Address, Entry]) -> set[Name]:
    """Rows that another relay announced under a key that wasn't known when they were read."""
    names = {(entry.feed, entry.object_pk) for entry in plan.entries.values() if entry.object_pk is not None}
    found = announcing.living(using, names)
    unexpected = [entry for entry in found if entry.address not in known and entry.address not in plan.entries]
    return {(entry.feed, str(entry.object_pk)) for entry in unexpected}


def _mark_anew(using: str, names: Iterable[Name]) -> None:
    """Whoever came in between may have removed the marks, and doesn't know of a key that was published here."""
    by_feed: dict[str, list[str]] = {}
    for feed, pk in sorted(names):
        by_feed.setdefault(feed, []).append(pk)
    for feed, pks in by_feed.items():
        outbox.mark_anew(using, feed, pks)


def _changed_meanwhile(using: str, entries: Mapping[Address, Entry], known: Mapping[Address, Entry]) -> set[Address]:
    """Lock the ledger rows; which of them are not what they were (R10)."""
    fresh = [Entry(feed=one.feed, key=one.key, key_hash=one.key_hash) for one in entries.values()]
    ledger.placeholders(using, [one for one in fresh if one.address not in known])
    locked = ledger.lock(using, entries.keys())
    return {place for place, entry in locked.items() if entry.rank != _rank(known.get(place))}


def _rank(entry: Entry | None) -> tuple[int, str]:
    return (0, "") if entry is None else entry.rank


def _at(names: Mapping[Name, Address], done: Collection[Address]) -> dict[str, list[object]]:
    pks: dict[str, list[object]] = {}
    for (label, text), place in names.items():
        if place in done:
            pks.setdefault(label, []).extend(reading.pk_values(registry.get(label), text))
    return pks
