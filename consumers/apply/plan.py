"""What is to be done for each object of one feed: create, update these fields, or nothing.

In: changes of a feed that may be written. Out: `Plan`s. Local rows are found by key, locked, and compared value by
value with the change, never by hash (R16). A rename takes the row that held the former key (P3). A pending local edit
counts (P1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from consumers.apply import locate
from consumers.apply.gate import Gate
from consumers.apply.outcome import Mode
from consumers.apply.pending import Pending, make_published, object_pks
from consumers.apply.resolve import Resolver
from feedsync import snapshot
from feedsync.anyof import any_of
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.shape import Shape, shape_of
from feedsync.snapshot import State
from feedsync.wire.page import Change


@dataclass(slots=True)
class Plan:
    """`pk` None: create. `differs`: names of registered fields that are to be written."""

    change: Change
    pk: Any = None
    state: State | None = None
    differs: frozenset[str] = field(default_factory=frozenset)

    @property
    def creates(self) -> bool:
        return self.state is None

    @property
    def values(self) -> dict[str, Any]:
        assert self.change.fields is not None
        return dict(self.change.fields)


class Displaced(Exception):
    """Another row stands at the key that an object is to be renamed to, and doesn't move in this transaction."""

    def __init__(self, change: Change) -> None:
        super().__init__(f"{change.feed} {change.key} is taken by another object")
        self.change = change


def plans_of(feed: Feed, changes: list[Change], gate: Gate, resolver: Resolver) -> tuple[list[Plan], list[Change]]:
    """(plans, changes that lose against a pending local edit)."""
    using = gate.using
    pks = locate.rows_of(feed, using, _keys(changes), resolver.values)
    chosen = holders(changes, pks, gate)
    lock_rows(feed, using, sorted({pk for pk in chosen.values() if pk is not None}, key=str))
    pending = Pending(feed, using, {str(pk) for pk in chosen.values()} | object_pks(changes, gate))
    _find_renamed(feed, changes, chosen, pending, gate)
    _check_displaced(changes, chosen, pks)
    held = {pk for pk in chosen.values() if pk is not None}
    states = {state.pk: state for state in snapshot.by_pks(feed, using, held)} if held else {}
    plans, lost = [], []
    for change in changes:
        state = states.get(chosen[change.key])
        if pending.wins(change, state, gate):
            lost.append(change)
        else:
            plans.append(Plan(change, state.pk if state else None, state, _differences(shape_of(feed), change, state)))
    make_published(using, lost)
    resolver.leave(feed, dict(_left(plans)))
    return plans, lost


def _left(plans: list[Plan]) -> Iterator[tuple[str, Any]]:
    """(key, primary key) of rows that leave a key which no other takes."""
    taken = {plan.change.key for plan in plans}
    return ((plan.state.key, plan.pk) for plan in plans if plan.state and plan.state.key not in taken)


def _find_renamed(feed: Feed, changes: list[Change], chosen: dict[str, Any], pending: Pending, gate: Gate) -> None:
    """A local rename that was not relayed yet: the object lies where the ledger says, under its new key."""
    shape = shape_of(feed)
    for change in changes:
        entry = gate.entry(change.feed, change.key)
        if chosen[change.key] is None and entry.object_pk is not None and pending.renamed(entry):
            chosen[change.key] = shape.pk_value(entry.object_pk)


def _keys(changes: Iterable[Change]) -> set[str]:
    return {key for change in changes for key in (change.key, *change.former)}


def holders(changes: Iterable[Change], pks: dict[str, Any], gate: Gate) -> dict[str, Any]:
    """{key: local row that is this object}: first those that move away from where they were, then who stays."""
    ordered = sorted(changes, key=lambda change: change.rank, reverse=True)
    found: dict[str, Any] = {}
    taken: set[Any] = set()
    for choose in (_moving, _staying):
        for change in ordered:
            pk = None if change.key in found else choose(change, pks, gate, taken)
            if pk is not None:
                found[change.key] = pk
                taken.add(pk)
    return {change.key: found.get(change.key) for change in ordered}


def _moving(change: Change, pks: dict[str, Any], gate: Gate, taken: set[Any]) -> Any:
    """The row under a former key that this change's rename is newer than."""
    for key in change.former:
        entry = gate.entry(change.feed, key)
        living = not entry.tombstone and entry.version > 0
        if key in pks and living and pks[key] not in taken and _outranks(change, entry, gate):
            return pks[key]
    return None


def _outranks(change: Change, entry: Entry, gate: Gate) -> bool:
    """An export names the key that a row had at this very version (R25)."""
    if gate.mode is Mode.PULL and (change.feed, entry.key_hash) not in gate.passed:
        return change.rank >= entry.rank
    return change.rank > entry.rank


def _staying(change: Change, pks: dict[str, Any], gate: Gate, taken: set[Any]) -> Any:
    """The row under its own key, else one of a former key that nothing is known of."""
    unknown = [key for key in change.former if gate.entry(change.feed, key).version == 0]
    free = (pks[key] for key in (change.key, *unknown) if key in pks and pks[key] not in taken)
    return next(free, None)


def _check_displaced(changes: list[Change], chosen: dict[str, Any], pks: dict[str, Any]) -> None:
    moving = set(chosen.values())
    for change in changes:
        stands = pks.get(change.key)
        if stands is not None and stands != chosen[change.key] and stands not in moving:
            raise Displaced(change)


def lock_rows(feed: Feed, using: str, pks: list[Any]) -> None:
    """Against writers and deletion until the end of the transaction; SQLite has one writer anyway."""
    if pks and connections[using].features.has_select_for_update:
        rows = snapshot.rows(feed, using).filter(any_of(using, "pk", pks)).order_by("pk")
        list(rows.select_for_update().values_list("pk"))


def _differences(shape: Shape, change: Change, state: State | None) -> frozenset[str]:
    assert change.fields is not None
    names = shape.names & change.fields.keys()
    if state is None:
        return frozenset(names)
    own_pk = {shape.pk.name}  # a primary key is used when a row is made, and never changed
    fields = change.fields
    return frozenset(name for name in names - own_pk if fields[name] != state.fields[name])
