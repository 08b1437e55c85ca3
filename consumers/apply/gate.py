"""The gate: which changes are newer than what the ledger knows (invariant 4).

Placeholders first, then locks in address order, then the comparison (R15): two consumers with a new object meet at its
placeholder. Former keys are locked too, because a rename buries them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from consumers.apply.outcome import Mode
from consumers.files.wanted import usable
from consumers.parking import Waiting
from feedsync import ledger, natural_keys
from feedsync.conf import settings
from feedsync.ledger import Address, Entry
from feedsync.wire.page import Change, Rank

NOTHING = Entry(feed="", key="", key_hash="")


@dataclass(slots=True)
class Gate:
    """One transaction's locked ledger entries and the changes that passed."""

    using: str
    mode: Mode
    entries: dict[Address, Entry] = field(default_factory=dict)
    seen: dict[Address, Change] = field(default_factory=dict)  # newest of each object, passed or not
    passed: dict[Address, Change] = field(default_factory=dict)

    late: list[Change] = field(default_factory=list)  # deletions of keys that objects have by younger changes
    uprooted: dict[Address, Waiting] = field(default_factory=dict)  # what has to be applied again

    def admit(self, changes: Iterable[Change], *, again: bool = False) -> list[Change]:
        """Lock and compare; answers those that passed and were not known before. `again`: so may an equal version."""
        offered = [usable(change) for change in changes]
        seen = [self.seen[place] for place in set(map(address, offered)) & self.seen.keys()] if self.seen else []
        newest = {address(change): change for change in newest_of([*seen, *offered]) if self._newer_here(change)}
        self._lock(newest.values())
        self.seen.update(newest)
        fresh = {place: change for place, change in newest.items() if self._passes(change, again)}
        self.passed.update(fresh)
        for place in self._left():
            self.passed.pop(place)
            fresh.pop(place, None)
        burials = [burial for change in offered for burial in left(change, fresh.get(address(change)))]
        return [*fresh.values(), *(self.admit(burials) if burials else ())]

    def repeats(self, change: Change) -> bool:
        """Whether it didn't pass because it is known. What was put aside to be applied once more has its version."""
        known = self.entries.get(address(change), NOTHING)
        return address(change) not in self.passed and known.rank == change.rank

    def leaving(self) -> Iterator[Change]:
        """Deletions that stand for keys which objects leave by what passed, unless somebody comes to have them."""
        for change in self.passed.values():
            for key, departure in change.departures.items():
                place = (change.feed, natural_keys.digest(key))
                if place not in self.passed and departure > self.entry(change.feed, key).rank:
                    yield deletion(change.feed, key, departure)

    def note_late(self, changes: Iterable[Change]) -> None:
        """After `admit`. An export's deletions also stand for renames, so that they don't count."""
        told = [change for change in changes if change.deleted and self.mode is Mode.LIVE]
        told += (replace(change, version=change.buried, fields=None) for change in changes if change.buried)
        self.late += filter(self._is_late, told)

    @property
    def burials(self) -> dict[tuple[str, str], int]:
        """{(feed, key): version of the last deletion} of keys that were deleted."""
        known = {(entry.feed, entry.key): entry.buried for entry in self.entries.values() if entry.buried}
        for change in self.late:
            known[change.feed, change.key] = max(change.version, known.get((change.feed, change.key), 0))
        return known

    def _is_late(self, change: Change) -> bool:
        """Whether something younger says that the object lives."""
        coming, known = self.passed.get(address(change)), self.entries.get(address(change), NOTHING)
        alive = not coming.deleted if coming else known.object_pk is not None and not known.tombstone
        younger = max(known.rank, coming.rank if coming else (0, "")) > change.rank
        return alive and younger and change.version > known.buried

    def look_again(self) -> None:
        """Primary keys have changed: a reference is part of one, or they went over to another row."""
        by_feed: dict[str, list[str]] = {}
        for feed, key_hash in self.entries:
            by_feed.setdefault(feed, []).append(key_hash)
        for feed, hashes in by_feed.items():
            for entry in ledger.read(self.using, feed, hashes).values():
                self.entries[entry.address] = replace(self.entries[entry.address], object_pk=entry.object_pk)

    def entry(self, feed: str, key: str) -> Entry:
        """What the ledger knew before; a placeholder's version is 0."""
        return self.entries.get((feed, natural_keys.digest(key)), NOTHING)

    def _newer_here(self, change: Change) -> bool:
        known = self.seen.get(address(change))
        return known is None or known.rank < change.rank

    def _left(self) -> list[Address]:
        """Keys that an object among these has left since: what was said of them before is over (P3)."""
        buried: dict[Address, Rank] = {}
        for change in self.passed.values():
            for key, departure in change.departures.items():
                place = (change.feed, natural_keys.digest(key))
                buried[place] = max(buried.get(place, (0, "")), burial(departure))
        return [place for place, rank in buried.items() if place in self.passed and self.passed[place].rank <= rank]

    def _lock(self, changes: Iterable[Change]) -> None:
        keys = {(change.feed, key) for change in changes for key in (change.key, *change.former)}
        blank = [Entry.of(feed, key) for feed, key in keys]
        self.entries.update({place: _heeded(entry) for place, entry in ledger.claim(self.using, blank).items()})

    def _passes(self, change: Change, again: bool) -> bool:
        known = self.entries[address(change)]
        return change.rank > known.rank or (change.rank == known.rank and (again or self.mode is not Mode.LIVE))


def _heeded(entry: Entry) -> Entry:
    """Of a feed that is only received, versions of our own say nothing (P6)."""
    own = entry.version > 0 and entry.origin == settings().environment
    return replace(entry, version=0, origin="") if own and settings().one_way_policy(entry.feed) else entry


def address(change: Change) -> Address:
    return (change.feed, change.key_hash)


def left(change: Change, newest: Change | None) -> Iterator[Change]:
    """What a change that came too late still says, unless `newest` of its object does: it left these keys."""
    for key, departure in change.departures.items():
        if newest is None or key not in newest.departures:
            yield deletion(change.feed, key, departure)


def burial(departure: Rank) -> Rank:
    """The rank that a former key is buried with. One below the rename: another object may have taken the key in the
    very batch that renamed this one."""
    version, origin = departure
    return (version - 1, origin)


def deletion(feed: str, key: str, departure: Rank) -> Change:
    version, origin = burial(departure)
    return Change(feed=feed, key=key, version=version, origin=origin, fields=None)


def grave(feed: str, key: str, departure: Rank, successor: str, now: dt.datetime) -> Entry:
    """The forwarding tombstone of a key that an object left (P3)."""
    version, origin = burial(departure)
    return Entry.of(feed, key, version=version, origin=origin, deleted_at=now, successor=successor)


def newest_of(changes: Iterable[Change]) -> Iterator[Change]:
    """One change an object."""
    newest: dict[tuple[str, str], Change] = {}
    several: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        place = (change.feed, change.key)
        known = newest.setdefault(place, change)
        if known is change:
            continue
        several.setdefault(place, [known]).append(change)
        if known.rank < change.rank:
            newest[place] = change
    for place, of_one in several.items():
        newest[place] = _standing_for(of_one, newest[place])
    yield from newest.values()


def _standing_for(changes: Sequence[Change], newest: Change) -> Change:
    """What the older ones had not seen, the newest which is based on them had not seen either (P1). Its object left the
    keys that they say it left, unless it was made anew since."""
    bases = {change.rank: change.base for change in changes}
    base = newest.base
    while base in bases:  # popped: what a page says may go in a circle
        base = bases.pop(base)
    left: dict[str, Rank] = {}
    for change in sorted(changes, key=lambda change: change.rank):
        left = {} if change.deleted else left | change.departures
    former = sorted(left, key=left.__getitem__, reverse=True)
    return replace(newest, base=base, former=tuple(former), left_at=tuple(left[key] for key in former))
