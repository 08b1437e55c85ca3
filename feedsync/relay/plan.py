"""Third step: what to publish and what the ledger will say, from what was read. Pure: no database.

In: a `Reservation` and its `View`. Out: a `Plan`. A row that is alive under a key is published and never buried
(R11); a key that nobody carries is buried, with a forwarding tombstone where its row lives on under another key (P3);
what is unchanged, and was never attempted, is left out (R9).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from feedsync import clock, order
from feedsync.ledger import Address, Entry
from feedsync.relay.reading import View, address
from feedsync.relay.reservation import Marked, Name, Reservation
from feedsync.snapshot import State
from feedsync.wire.page import Change, Rank


@dataclass(slots=True)
class Plan:
    """`touches`: which marks an address stands for. `renamed`: primary keys of rows that left a key; `taking`: of rows
    that have a key which another had; `gone`: of rows that are no more; `born`: of rows that nobody has heard of."""

    changes: dict[Address, Change] = field(default_factory=dict)
    entries: dict[Address, Entry] = field(default_factory=dict)
    touches: dict[Address, set[Name]] = field(default_factory=lambda: defaultdict(set))
    renamed: dict[Name, Address] = field(default_factory=dict)
    taking: dict[Name, Address] = field(default_factory=dict)
    gone: dict[Name, Address] = field(default_factory=dict)
    born: dict[Name, Address] = field(default_factory=dict)
    poison: dict[Name, str] = field(default_factory=dict)

    def in_order(self) -> list[Change]:
        return in_order(self.changes.values())


def in_order(changes: Iterable[Change]) -> list[Change]:
    """States with parents first, then deletions with children first; those of one origin together."""
    places = order.places()

    def rank(change: Change) -> tuple[bool, int, str, str]:
        place = places.get(change.feed, len(places))
        return (change.deleted, -place if change.deleted else place, change.feed, change.origin)

    return sorted(changes, key=rank)


@dataclass(slots=True)
class Object:
    """One key and what befalls it. `state`: of the row that carries it, if any. `left`: keys that row had before."""

    key: str
    state: State | None
    marked: list[Marked] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    heir: str | None = None  # the key that its row carries now


class Planner:
    """Collects what befalls each key, then decides."""

    def __init__(self, reservation: Reservation, view: View, *, version: int, origin: str) -> None:
        self.reservation = reservation
        self.view = view
        self.version = version
        self.origin = origin
        self.buried_at = dt.datetime.fromtimestamp(clock.milliseconds(version) / 1000, tz=dt.UTC)
        self.objects: dict[Address, Object] = {}
        self.plan = Plan(poison=dict(view.poison))

    def make(self) -> Plan:
        for marked in self.reservation.marked:
            if marked.name not in self.view.poison:
                self._collect(marked)
        for place, found in self.objects.items():
            if found.state is not None:
                self._keep(place, found, found.state)
            elif found.heir is not None:
                self._forward(place, found)
            else:
                self._bury(place, found)
        return self.plan

    def _collect(self, marked: Marked) -> None:
        row = self.view.rows.get(marked.name)
        renamed = row is not None and not marked.deleted
        for key in self.view.old_keys(marked):
            found = self._object(marked, key)
            if renamed and row is not None:
                found.heir = row.key
        if row is None:
            return
        found = self._object(marked, row.key)
        if renamed:
            found.left += [entry.key for entry in self.view.living.get(marked.name, ()) if entry.key != row.key]

    def _object(self, marked: Marked, key: str) -> Object:
        place = address(marked.feed, key)
        found = self.objects.setdefault(place, Object(key, self.view.holders.get(place)))
        found.marked.append(marked)
        return found

    def _keep(self, place: Address, found: Object, state: State) -> None:
        try:
            content_hash = state.content_hash()
        except (TypeError, ValueError) as error:
            self.plan.poison |= {one.name: f"A value is no JSON: {error}" for one in found.marked}
            return
        known = self.view.entries.get(place)
        same = known is not None and (known.object_pk, known.content_hash) == (state.pk_text, content_hash)
        if same and not found.left and self._settled(place, found, buried=False):
            return
        former = self._former(place, found, taken_over=known is not None and known.object_pk != state.pk_text)
        self._change(place, found, fields=state.fields, former=former)
        self._enter(found, replace(self._entry(place, found), object_pk=state.pk_text, content_hash=content_hash))
        self._leave(place, found, state, known)

    def _leave(self, place: Address, found: Object, state: State, known: Entry | None) -> None:
        """Whoever refers to a row that left a key has to hear of it (P2)."""
        if known is not None and known.object_pk not in (None, state.pk_text):
            # The key was another row's, whose own mark comes too late to tell: this entry changes hands now.
            self.plan.renamed[(place[0], str(known.object_pk))] = place
        name = (place[0], state.pk_text)
        if known is not None and known.version and known.object_pk != state.pk_text:
            self.plan.taking[name] = place
        if not any(entry.version and entry.content_hash for entry in self.view.living.get(name, ())):
            self.plan.born[name] = place
        if found.left:
            self.plan.renamed[name] = place
            self._lead_on(place, found)

    def _bury(self, place: Address, found: Object) -> None:
        if self._settled(place, found, buried=True):
            return
        known = self.view.entries.get(place)
        self.plan.gone |= {one.name: place for one in found.marked if one.name not in self.view.rows}
        self._change(place, found, fields=None)
        successor = known.successor if known else ""
        self._enter(found, replace(self._entry(place, found), deleted_at=self.buried_at, successor=successor))

    def _forward(self, place: Address, found: Object) -> None:
        """One version below its heir's: another object may take the key over in the very same batch."""
        assert found.heir is not None
        entry = replace(self._entry(place, found), deleted_at=self.buried_at, version=self.version - 1)
        self._enter(found, replace(entry, successor=address(place[0], found.heir)[1]))

    def _lead_on(self, place: Address, found: Object) -> None:
        """Tombstones that lead to the keys left lead to the new one from now on."""
        for left in found.left:
            for entry in self.view.forwards.get(address(place[0], left), ()):
                if entry.address != place and entry.address not in self.objects:
                    self._enter(found, replace(entry, successor=place[1]))

    def _former(self, place: Address, found: Object, *, taken_over: bool) -> dict[str, Rank | None]:
        """{key: when}, youngest first: what the row had until now, then what forwarding tombstones remember.

        Those that lead to a key taken over from another row are that row's.
        """
        places = [address(place[0], left) for left in found.left] + ([] if taken_over else [place])
        remembered = [entry for one in places for entry in self.view.forwards.get(one, ())]
        remembered.sort(key=lambda entry: entry.rank, reverse=True)
        earlier = {entry.key: (entry.version + 1, entry.origin) for entry in reversed(remembered)}
        keys: dict[str, Rank | None] = dict.fromkeys(found.left)
        keys |= {key: earlier[key] for key in reversed(earlier) if key not in keys}
        return {key: rank for key, rank in keys.items() if key != found.key}

    def _settled(self, place: Address, found: Object, *, buried: bool) -> bool:
        """Whether the ledger knows a version of it, in this condition, and no mark of it was attempted (R9, R7)."""
        known = self.view.entries.get(place)
        if known is None or not known.version or known.tombstone is not buried or (buried and known.object_pk):
            return False
        return place[0] not in self.reservation.unchecked and not any(one.attempted for one in found.marked)

    def _change(
        self,
        place: Address,
        found: Object,
        *,
        fields: dict[str, object] | None,
        former: Mapping[str, Rank | None] | None = None,
    ) -> None:
        known = self.view.entries.get(place)
        self.plan.changes[place] = Change(
            feed=place[0],
            key=found.key,
            version=self.version,
            origin=self.origin,
            fields=fields,
            former=tuple(former or ()),
            left_at=tuple(former.values()) if former else (),
            marked_at=max(one.marked_at for one in found.marked),
            base=self._base(place, found),
            buried=known.buried if known is not None and fields is not None else 0,
        )

    def _base(self, place: Address, found: Object) -> Rank:
        """The newest version that the ledger knew of the object, under any of its keys, when it was read."""
        known = [self.view.entries.get(place), *(e for one in found.marked for e in self.view.living.get(one.name, ()))]
        return max((entry.rank for entry in known if entry is not None), default=(0, ""))

    def _entry(self, place: Address, found: Object) -> Entry:
        return Entry(feed=place[0], key=found.key, key_hash=place[1], version=self.version, origin=self.origin)

    def _enter(self, found: Object, entry: Entry) -> None:
        self.plan.entries[entry.address] = entry
        self.plan.touches[entry.address].update(one.name for one in found.marked)


def make(reservation: Reservation, view: View, *, version: int, origin: str) -> Plan:
    """The plan of a batch."""
    return Planner(reservation, view, version=version, origin=origin).make()
