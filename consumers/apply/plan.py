"""What is to be done for each object of one feed: create, update these fields, or nothing.

In: changes of a feed that may be written. Out: `Plan`s. Local rows are found by key, locked, and compared value by
value with the change, never by hash (R16). A rename takes the row that held the former key (P3). A pending local edit
counts (P1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from consumers.apply import locate
from consumers.apply.gate import Gate, deletion
from consumers.apply.outcome import Mode
from consumers.apply.pending import Pending, make_published, object_pks
from consumers.apply.resolve import Resolver
from consumers.conflicts import noticing
from consumers.conflicts.noticing import Clash
from feedsync import ledger, primary_keys, snapshot
from feedsync.anyof import any_of
from feedsync.conf import OneWay, settings
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
    def values(self) -> Mapping[str, Any]:
        assert self.change.fields is not None
        return self.change.fields


class Displaced(Exception):
    """Other rows stand at the keys that objects are to be renamed to, and don't move in this transaction."""

    def __init__(self, changes: Iterable[Change]) -> None:
        names = ", ".join(f"{change.feed} {change.key}" for change in changes)
        super().__init__(f"{names[:500]} is taken by another object")


@dataclass(slots=True)
class Planned:
    """`lost`: to a pending local edit. `vacated`: deletions of further rows that are the same object as a plan's.
    `heirs`: {row that has to go: row that gets its key}."""

    plans: list[Plan] = field(default_factory=list)
    lost: list[Change] = field(default_factory=list)
    vacated: list[Change] = field(default_factory=list)
    heirs: dict[Any, Any] = field(default_factory=dict)
    drifted: list[Plan] = field(default_factory=list)  # left as they are, and reported
    clashes: list[Clash] = field(default_factory=list)  # with edits here that the change's author hadn't seen


def plans_of(feed: Feed, changes: list[Change], gate: Gate, resolver: Resolver) -> Planned:
    using = gate.using
    pks = locate.rows_of(feed, using, _keys(changes), resolver.values)
    known = known_rows(feed, changes, set(pks.values()), gate)
    chosen = holders(changes, pks, known, gate)
    lock_rows(feed, using, sorted({pk for pk in chosen.values() if pk is not None}, key=str))
    pending = Pending(feed, using, {primary_keys.text(pk) for pk in chosen.values()} | object_pks(changes, gate))
    _find_renamed(feed, changes, chosen, pending, gate)
    states = _states(feed, using, chosen)
    kept = [change for change in changes if _kept(change, states.get(chosen[change.key]), known, pending, gate)]
    if kept:
        chosen |= {change.key: None for change in kept}
        taken = set(chosen.values())
        chosen |= {change.key: pks[change.key] for change in kept if change.key in pks and pks[change.key] not in taken}
        states = _states(feed, using, chosen)
    planned = Planned(heirs=_heirs(feed, changes, chosen, pks, gate))
    claimed = {None, *chosen.values()}
    _decide(planned, changes, {change.key: states.get(chosen[change.key]) for change in changes}, pending, gate)
    for change in (plan.change for plan in planned.plans):
        planned.vacated += (one for one in _vacated(change, gate) if known.get(one.key) not in claimed)
    make_published(using, planned.lost)
    resolver.leave(feed, dict(_left(planned.plans)))
    return planned


def _decide(
    planned: Planned, changes: list[Change], states: Mapping[str, State | None], pending: Pending, gate: Gate
) -> None:
    """What each change does to its row, {key: state}: it is written, loses to an edit here, or is left as drift."""
    for change in changes:
        state = states[change.key]
        lost = pending.wins(change, state, gate)
        planned.clashes += noticing.clash(change, state, pending, gate, lost=lost)
        if lost:
            planned.lost.append(change)
            continue
        differs = _differences(shape_of(pending.feed), change, state)
        plan = Plan(change, state.pk if state else None, state, differs)
        if _drifted(plan, gate):
            planned.drifted.append(plan)
            continue
        planned.plans.append(plan)


def _drifted(plan: Plan, gate: Gate) -> bool:
    """Whether a pull finds an edit that was made here, in a feed whose policy is to leave and report it (P6)."""
    entry = gate.entry(plan.change.feed, plan.change.key)
    edited = gate.mode is Mode.PULL and plan.differs and entry.rank == plan.change.rank
    return bool(edited) and settings().one_way_policy(plan.change.feed) is OneWay.REPORT


def _states(feed: Feed, using: str, chosen: dict[str, Any]) -> dict[Any, State]:
    held = {pk for pk in chosen.values() if pk is not None}
    states = {state.pk: state for state in snapshot.by_pks(feed, using, held)} if held else {}
    return states | (_nobodys(feed, using, chosen, held - states.keys()) if shape_of(feed).generics else {})


def _nobodys(feed: Feed, using: str, chosen: dict[str, Any], missing: set[Any]) -> dict[Any, State]:
    """Rows that are there, and no feed's, as their generic relation leads nowhere: nothing of them is known."""
    keys = {pk: key for key, pk in chosen.items()}
    there = primary_keys.read(snapshot.rows(feed, using).filter(any_of(using, "pk", missing))) if missing else []
    return {pk: State(pk, keys[pk], dict.fromkeys(shape_of(feed).names)) for pk in there}


def _kept(change: Change, state: State | None, known: dict[str, Any], pending: Pending, gate: Gate) -> bool:
    """Whether the row under a former key has a younger local edit: it keeps its key, and the change is a new object."""
    if state is None or state.key == change.key or state.pk == known.get(change.key):
        return False
    return pending.wins(change, state, gate)


def _vacated(change: Change, gate: Gate) -> Iterator[Change]:
    for key, departure in change.departures.items():
        if departure > gate.entry(change.feed, key).rank:
            yield deletion(change.feed, key, departure)


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


def known_rows(feed: Feed, changes: Iterable[Change], present: set[Any], gate: Gate) -> dict[str, Any]:
    """{key: row that the ledger knows as the object}. Not the row that has this key: where a parent was renamed, the
    keys of its children moved without them."""
    shape = shape_of(feed)
    entries = [gate.entry(feed.label, key) for key in _keys(changes)]
    known = {
        entry.key: shape.pk_value(entry.object_pk)
        for entry in entries
        if entry.version and entry.object_pk is not None and not entry.tombstone
    }
    unsure = set(known.values()) - present
    if unsure:
        rows = snapshot.rows(feed, gate.using).filter(any_of(gate.using, "pk", unsure))
        present = present | set(primary_keys.read(rows))
    return {key: pk for key, pk in known.items() if pk in present}


def holders(changes: Iterable[Change], pks: dict[str, Any], known: dict[str, Any], gate: Gate) -> dict[str, Any]:
    """{key: local row that is this object}: first those that move away from where they were, then who stays."""
    ordered = sorted(changes, key=lambda change: change.rank, reverse=True)
    found: dict[str, Any] = {}
    taken: set[Any] = set()
    for wanted in (_former_rows, _own_rows):
        for change in ordered:
            free = (pk for pk in wanted(change, pks, known, gate) if pk not in taken)
            pk = None if change.key in found else next(free, None)
            if pk is not None:
                found[change.key] = pk
                taken.add(pk)
    return {change.key: found.get(change.key) for change in ordered}


def _former_rows(change: Change, pks: dict[str, Any], known: dict[str, Any], gate: Gate) -> Iterator[Any]:
    """Under the former keys that this change's rename is newer than."""
    for key, departure in change.departures.items():
        if key in known and departure > gate.entry(change.feed, key).rank:
            yield known[key]


def _own_rows(change: Change, pks: dict[str, Any], known: dict[str, Any], gate: Gate) -> Iterator[Any]:
    """Under its own key, else under a former one that nothing is known of."""
    unknown = [key for key in change.former if gate.entry(change.feed, key).version == 0]
    yield from (rows[key] for rows, key in [(known, change.key), (pks, change.key)] if key in rows)
    yield from (pks[key] for key in unknown if key in pks)


def _heirs(
    feed: Feed, changes: list[Change], chosen: dict[str, Any], pks: dict[str, Any], gate: Gate
) -> dict[Any, Any]:
    """{row at a key that another one gets: that one}. Mostly news of its own is on the way, so that the change waits;
    one that waited in vain insists."""
    moving = set(chosen.values())
    standing = {pks[change.key]: change for change in changes if change.key in pks}
    displaced = {pk: change for pk, change in standing.items() if pk != chosen[change.key] and pk not in moving}
    heirs = {pk: chosen[change.key] for pk, change in displaced.items()}
    if displaced and not (gate.mode is Mode.INSIST and _may_go(feed, heirs, gate.using)):
        raise Displaced(displaced.values())
    return heirs


def _may_go(feed: Feed, heirs: Mapping[Any, Any], using: str) -> bool:
    """Not a row that only this environment has, nor one that was edited here and not relayed yet."""
    names = set(map(primary_keys.text, heirs))
    shared = {entry.object_pk for entry in ledger.of_pks(using, feed.label, names) if entry.version}
    lock_rows(feed, using, sorted(heirs, key=str))
    return names <= shared and None not in heirs.values() and not Pending(feed, using, names).edited


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
    # A primary key is used when a row is made. It changes where it names the object, and where nothing can refer to it.
    naming = primary_keys.is_composite(shape.feed.model) or any(part.chain[0] is shape.pk for part in shape.key)
    own_pk = set() if naming else {shape.pk.name}
    fields = change.fields
    differs = {name for name in names - own_pk if fields[name] != state.fields[name]}
    # Another content has another name here, whatever the source calls it.
    return frozenset(differs | {item.name for item in shape.files if item.content in differs})
