"""First step: read marks and their ledger rows, reserve a version above all that, commit (R8).

In: the outbox of one database. Out: a `Reservation`, or None where there is nothing to do. Whatever happens later,
the marks that it covers count as attempted (R9).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Least

from feedsync import clock, ledger, natural_keys, registry
from feedsync.errors import LeaseLost
from feedsync.ledger import Address, Entry
from feedsync.models import LANES, FeedState, Mark
from feedsync.relay import leases
from feedsync.relay.worker import Worker

Name = tuple[str, str]  # (feed label, primary key as text)
MOST_ATTEMPTS = 32_767  # what the column holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One object's marks. `deleted_keys`: from its deletion marks. `marked_at`: of the youngest, in milliseconds."""

    feed: str
    object_pk: str
    ids: tuple[int, ...]
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


def waiting(using: str) -> bool:
    """Whether there is any mark for a relay of this process; one look at the end of an index, no transaction."""
    marks = Mark.objects.using(using).filter(feed__in=_labels()).order_by("id")
    return marks.values_list("id")[:1].first() is not None


def reserve(worker: Worker) -> Reservation | None:
    """Take marks of free lanes and a version for them; None where no free lane has one."""
    using = worker.using
    with transaction.atomic(using=using):
        now = worker.now()
        marks, lanes = _share(_read_marks(worker, leases.free(using, worker.holder, now)), worker.marks_at_once)
        if not marks:
            return None
        leases.take(using, worker.holder, lanes, now)
        marked = _by_object(marks)
        entries = _entries(using, marked)
        above = max((entry.version for entry in entries.values()), default=0)
        _count_attempt(using, marks)
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


def _labels() -> list[str]:
    """Marks of other feeds stay: a relay of a newer release, or an older one, may know them."""
    return [feed.label for feed in registry.feeds()]


def _read_marks(worker: Worker, lanes: Collection[int]) -> list[Mark]:
    if not lanes:
        return []
    query = Mark.objects.using(worker.using).filter(feed__in=_labels()).order_by("id")
    if len(lanes) < LANES:
        query = query.filter(lane__in=sorted(lanes))
    return list(query[: worker.marks_at_once])


def _share(marks: list[Mark], full: int) -> tuple[list[Mark], frozenset[int]]:
    """A full batch of many lanes keeps half of them: the rest is for another relay, at the same time."""
    lanes = list(dict.fromkeys(mark.lane for mark in marks))
    if len(marks) == full and len(lanes) > LANES // 2:
        lanes = lanes[: LANES // 2]
    kept = frozenset(lanes)
    return [mark for mark in marks if mark.lane in kept], kept


def _by_object(marks: Iterable[Mark]) -> tuple[Marked, ...]:
    groups: dict[tuple[str, str], list[Mark]] = {}
    for mark in marks:
        groups.setdefault((mark.feed, mark.object_pk), []).append(mark)
    return tuple(
        Marked(
            feed=feed,
            object_pk=object_pk,
            ids=tuple(mark.id for mark in group),
            deleted_keys=frozenset(mark.key for mark in group if mark.key is not None),
            attempted=any(mark.attempts for mark in group),
            marked_at=max(int(mark.at.timestamp() * 1000) for mark in group),
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


def _count_attempt(using: str, marks: Iterable[Mark]) -> None:
    covered = Mark.objects.using(using).filter(id__in=[mark.id for mark in marks])
    covered.update(attempts=Least(F("attempts") + 1, Value(MOST_ATTEMPTS)))


def _unchecked(using: str, labels: Collection[str]) -> frozenset[str]:
    states = FeedState.objects.using(using).filter(feed__in=labels, unchecked_since__isnull=False)
    return frozenset(states.values_list("feed", flat=True))
