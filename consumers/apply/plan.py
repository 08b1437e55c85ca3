"""What is to be done for each object of one feed: create, update these fields, or nothing.

In: changes of a feed that may be written. Out: `Plan`s. Local rows are found by key, locked, and compared value by
value with the change, never by hash (R16). A rename takes the row that held the former key (P3). A pending local edit
counts (P1).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from consumers.apply import identity, inherited, locate
from consumers.apply.gate import Gate, deletion
from consumers.apply.outcome import Mode
from consumers.apply.pending import Pending, make_published, object_pks
from consumers.apply.resolve import Resolver
from consumers.conflicts import noticing
from consumers.conflicts.noticing import Clash
from feedsync import ledger, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.conf import OneWay, settings
from feedsync.registry import Feed
from feedsync.shape import Shape, shape_of
from feedsync.snapshot import State
from feedsync.wire.page import Change

UNREAD = uuid.uuid4().hex  # equals no value


@dataclass(slots=True)
class Plan:
    """`pk` None: create. `differs`: names of registered fields that are to be written. `held`: of those that the change
    is too old for."""

    change: Change
    pk: Any = None
    state: State | None = None
    differs: frozenset[str] = field(default_factory=frozenset)
    held: frozenset[str] = frozenset()

    @property
    def creates(self) -> bool:
        return self.state is None

    @property
    def values(self) -> Mapping[str, Any]:
        fields = self.change.fields
        assert fields is not None
        return {name: value for name, value in fields.items() if name not in self.held} if self.held else fields


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
    pks = locate.rows_of(feed, using, identity.keys_of(changes), resolver.values)
    known = identity.known_rows(feed, changes, set(pks.values()), gate)
    early = identity.before_their_time(feed, changes, known, gate)
    if early and gate.mode is not Mode.INSIST:
        raise Displaced(early)
    parts = identity.parts(feed, changes, pks, known, resolver)
    retaken = identity.retaken(feed, changes, known, gate, resolver)
    own = {key: pk for key, pk in known.items() if key not in retaken}
    chosen = identity.holders(feed, changes, pks, own, parts, gate)
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
    planned = Planned(heirs=_heirs(feed, changes, chosen, (pks, known), gate))
    claimed = {None, *chosen.values()}
    _decide(planned, changes, {change.key: states.get(chosen[change.key]) for change in changes}, pending, gate)
    _hold(feed, planned.plans, gate, resolver)
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


def _hold(feed: Feed, plans: list[Plan], gate: Gate, resolver: Resolver) -> None:
    """What younger news of the parents' parts has told is not written; a part that isn't here yet is."""
    held = inherited.held(feed, [plan.change for plan in plans], gate)
    made = {plan.change.key for plan in plans if plan.creates and plan.change.key in held}
    parted = inherited.have_rows(feed, made, resolver) if made else set()
    for plan in plans:
        if not plan.creates or plan.change.key in parted:
            plan.held = held.get(plan.change.key, frozenset())
            plan.differs -= plan.held


def _drifted(plan: Plan, gate: Gate) -> bool:
    """Whether a pull finds an edit that was made here, in a feed whose policy is to leave and report it (P6)."""
    entry = gate.entry(plan.change.feed, plan.change.key)
    edited = gate.mode is Mode.PULL and plan.differs and entry.rank == plan.change.rank
    return bool(edited) and settings().one_way_policy(plan.change.feed) is OneWay.REPORT


def _states(feed: Feed, using: str, chosen: dict[str, Any]) -> dict[Any, State]:
    held = {pk for pk in chosen.values() if pk is not None}
    states = {state.pk: state for state in snapshot.by_pks(feed, using, held)} if held else {}
    missing = held - states.keys()
    return states | (_unread(feed, using, chosen, missing) if missing else {})


def _unread(feed: Feed, using: str, chosen: dict[str, Any], missing: set[Any]) -> dict[Any, State]:
    """Rows that are there and lead nowhere: by a generic relation, so that they are no feed's, or by a reference of
    their parent's part that is set later in this transaction. At most their key is known."""
    keys = {pk: key for key, pk in chosen.items()}
    rows = snapshot.rows(feed, using).filter(any_of(using, "pk", missing))
    named = dict(snapshot.named(feed, rows))
    return {
        pk: State(pk, named.get(pk, keys[pk]), dict.fromkeys(shape_of(feed).names, UNREAD))
        for pk in primary_keys.read(rows)
    }


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


def _heirs(
    feed: Feed, changes: list[Change], chosen: dict[str, Any], rows: tuple[dict[str, Any], ...], gate: Gate
) -> dict[Any, Any]:
    """{row at a key that another one gets, or known as this object, which another one is: that one}. Mostly news of its
    own is on the way, so that the change waits; one that waited in vain insists."""
    moving = set(chosen.values())
    standing = {found[change.key]: change for found in rows for change in changes if change.key in found}
    displaced = {pk: change for pk, change in standing.items() if pk != chosen[change.key] and pk not in moving}
    heirs = {pk: chosen[change.key] for pk, change in displaced.items()}
    if displaced and not (gate.mode is Mode.INSIST and _may_go(feed, heirs, gate.using)):
        raise Displaced(displaced.values())
    return heirs


def _may_go(feed: Feed, heirs: Mapping[Any, Any], using: str) -> bool:
    """Not a row that only this environment has, nor one that was edited here and not relayed yet. It may have come as
    the parent's part of an object in several tables."""
    names = set(map(primary_keys.text, heirs))
    labels = [one.label for one in registry.feeds() if one is feed or feed.model in one.model._meta.all_parents]
    entries = [entry for label in labels for entry in ledger.of_pks(using, label, names)]
    shared = {entry.object_pk for entry in entries if entry.version}
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
