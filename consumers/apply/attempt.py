"""One transaction: gate, write, ledger (invariant 4). Either all of its changes have their effect or none.

Parked changes that wait for what comes here join (R18). What still can't be written is parked in the same
transaction, after its awaited object's ledger row was locked and looked for once more (R17).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import connections, transaction

from consumers import dead, parking
from consumers.apply import (
    burials,
    delete,
    learnt,
    members,
    merge,
    notify,
    patching,
    references,
    releasing,
    relook,
    uproot,
    upsert,
)
from consumers.apply.carried import Departure
from consumers.apply.gate import NOTHING, Gate, address, newest_of
from consumers.apply.outcome import Mode, Outcome
from consumers.apply.plan import Plan, plans_of
from consumers.apply.references import Awaited
from consumers.apply.resolve import Resolver
from consumers.conflicts import keeping as conflicts
from consumers.conflicts.noticing import Clash
from consumers.files import landing
from consumers.models import ParkedChange
from consumers.parking import Reason, Waiting
from feedsync import forwards, ledger, order, registry, rowsets
from feedsync.ledger import Entry
from feedsync.models import DeadChange
from feedsync.wire.page import Change


@dataclass(slots=True)
class Attempt:
    """`join`: whether parked changes may join; without it a poison among them harms nobody. `release`: whether rows
    that go let go of their unique values first."""

    using: str
    mode: Mode
    join: bool = True
    release: bool = False
    outcome: Outcome = field(default_factory=Outcome)
    applied: list[Change] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    vacated: list[Change] = field(default_factory=list)  # deletions that follow from renames
    clashes: list[Clash] = field(default_factory=list)
    released: dict[str, set[Any]] = field(default_factory=dict)  # {feed: rows that must be gone in the end}

    def run(self, changes: Sequence[Change], then: Callable[[], None] | None) -> Outcome:
        with transaction.atomic(using=self.using):
            gate = Gate(self.using, self.mode)
            parked, buried = _set_aside(self.using)
            gate.admit([*changes, *(overtaken(self.using, changes) if parked else ())])
            gate.note_late(changes)
            given = set(gate.seen)
            writable, resolver = self._sort_out(gate, joining=parked and self.join)
            self._write(writable, gate, resolver)
            parking.park(self.using, self.waiting)
            conflicts.keep(self.using, self.clashes)
            self._release(gate, parked=parked, buried=buried)
            parking.park(self.using, gate.uprooted.values())
            self.outcome.uprooted += (item.change for item in gate.uprooted.values())
            self.outcome.parked += sum((item.change.feed, item.change.key_hash) in given for item in self.waiting)
            _check_constraints(self.using)
            self.outcome.superseded += len(gate.seen) - len(gate.passed)
            notify.applied(self.using, self.applied)
            if then is not None:
                then()
        return self.outcome

    def _sort_out(self, gate: Gate, *, joining: bool) -> tuple[list[Change], Resolver]:
        """The changes that may be written, and what is known of their references; the others will be parked."""
        if joining:
            self._join_waiting(gate)
        while True:
            resolver = self._resolver(gate)
            without_file = landing.waiting(self.using, gate.passed.values())
            writable, awaited = references.sort_out(_others(gate, without_file), gate.leaving(), resolver)
            if not joining or not self._join_awaited(gate, awaited):
                break
        if awaited:
            self._lock_awaited(awaited)
            resolver = self._resolver(gate)
            writable, awaited = references.sort_out(_others(gate, without_file), gate.leaving(), resolver)
        self.waiting += without_file
        self.waiting += [_missing(item) for item in awaited]
        return writable, resolver

    def _resolver(self, gate: Gate) -> Resolver:
        resolver = Resolver(self.using)
        resolver.reborn.update(gate.burials)
        return resolver

    def _join_waiting(self, gate: Gate) -> None:
        fresh = list(gate.passed.values())
        while fresh:
            fresh = gate.admit(parking.waiting_for(self.using, references.addresses_of(fresh)), again=True)

    def _join_awaited(self, gate: Gate, awaited: list[Awaited]) -> bool:
        addresses = {item.address for item in awaited} - gate.seen.keys()
        found = gate.admit(parking.parked_at(self.using, addresses), again=True) if addresses else []
        return bool(found)

    def _lock_awaited(self, awaited: list[Awaited]) -> None:
        """Whoever brings an awaited object holds its ledger row: lock it, then look in a fresh snapshot (R17)."""
        blank = [Entry.of(item.feed, item.key) for item in awaited]
        ledger.placeholders(self.using, blank)
        ledger.lock(self.using, [entry.address for entry in blank])

    def _write(self, writable: Sequence[Change], gate: Gate, resolver: Resolver) -> None:
        by_feed: dict[str, list[Change]] = defaultdict(list)
        for change in writable:
            by_feed[change.feed].append(change)
        labels = order.parents_first(by_feed)
        resolver.told |= {(change.feed, key) for change in writable for key in (change.key, *change.former)}
        resolver.expect((change.feed, change.key) for change in writable if not change.deleted)
        for label in labels:
            self._upsert(label, [change for change in by_feed[label] if not change.deleted], gate, resolver)
        patching.patch([item for writer in self._writers for item in writer.patches], resolver)
        patching.patch(relook.differing(self.plans, self.using), resolver)
        for label in labels:
            plans = [plan for plan in self.plans if plan.change.feed == label]
            members.replace(registry.get(label), plans, resolver)
            notify.saved(registry.get(label), self.using, plans)
        deletions = [change for change in writable if change.deleted] + self.vacated
        deleted = {label: [change for change in deletions if change.feed == label] for label in reversed(labels)}
        self._delete(deleted, gate, resolver)
        for label, pks in self.released.items():
            releasing.check(registry.get(label), self.using, pks)
        entries = learnt.entries(self.applied, self.plans, self.waiting, self.using)
        ledger.put(self.using, [entry for entry in entries if entry != gate.entries.get(entry.address)])
        newer = [entry for entry in entries if entry.rank > gate.entries.get(entry.address, NOTHING).rank]
        forwards.leave(self.using, newer, {address(change): change.marked_at for change in self.applied})
        if gate.late:
            burials.heed(gate.late, resolver)

    def _upsert(self, label: str, changes: list[Change], gate: Gate, resolver: Resolver) -> None:
        if not changes:
            return
        feed = registry.get(label)
        planned = plans_of(feed, changes, gate, resolver)
        plans = planned.plans
        moving = [plan for plan in plans if plan.state is not None and plan.state.key != plan.change.key]
        uproot.uproot(feed, {plan.pk: _departure(plan) for plan in moving}, gate)
        if planned.heirs:
            merge.merge(feed.model, planned.heirs, self.using, partial(delete.remove, self.using))
            resolver.forget()
        if self.release:
            deletions = [change for change in gate.passed.values() if change.deleted and change.feed == label]
            self.released[label] = releasing.release(feed, deletions, plans, gate, resolver)
        writer = upsert.FeedWriter(feed, resolver)
        writer.write(plans)
        if writer.moved or planned.heirs:
            gate.look_again()
        self._writers.append(writer)
        self.plans += plans
        self.vacated += planned.vacated
        self.applied += [plan.change for plan in plans]
        self.clashes += planned.clashes
        self.outcome.drifted += len(planned.drifted)
        self.outcome.left += planned.drifted
        self.outcome.superseded += len(planned.lost)
        if self.mode is Mode.PULL:
            self.outcome.written += (plan for plan in plans if plan.creates or plan.differs)
        self.outcome.created += sum(plan.creates for plan in plans)
        self.outcome.updated += sum(not plan.creates and bool(plan.differs) for plan in plans)
        self.outcome.unchanged += sum(not plan.creates and not plan.differs for plan in plans)

    _writers: list[upsert.FeedWriter] = field(default_factory=list)

    def _delete(self, by_feed: dict[str, list[Change]], gate: Gate, resolver: Resolver) -> None:
        going = {label: _pks(label, changes, resolver) for label, changes in by_feed.items() if changes}
        for label, changes in by_feed.items():
            if not changes:
                continue
            result = delete.delete(registry.get(label), changes, resolver, gate, going)
            self.applied += [*result.done, *result.absent]
            self.waiting += [_protected(item) for item in result.waiting]
            self.clashes += result.clashes
            gate.late += result.lost
            self.outcome.superseded += len(result.lost)
            self.outcome.deleted += len(result.done)
            self.outcome.gone += result.done if self.mode is Mode.PULL else ()
            self.outcome.unchanged += len(result.absent)

    def _release(self, gate: Gate, *, parked: bool, buried: bool) -> None:
        still = {(item.change.feed, item.change.key_hash) for item in self.waiting}
        settled = [change for place, change in gate.seen.items() if place not in still]
        if parked:
            parking.release(self.using, [change for change in settled if not gate.repeats(change)])
        if buried:
            dead.release(self.using, dead.addresses(settled))


def _set_aside(using: str) -> tuple[bool, bool]:
    """Whether any change is parked, and whether any is dead: mostly neither, which saves looking for them."""
    tables = (ParkedChange._meta.db_table, DeadChange._meta.db_table)
    statement = "SELECT EXISTS (SELECT 1 FROM {}), EXISTS (SELECT 1 FROM {})".format(*tables)
    [[parked, buried]] = rowsets.fetch(using, statement)
    return bool(parked), bool(buried)


def overtaken(using: str, changes: Sequence[Change]) -> list[Change]:
    """News of these objects that waits and isn't younger: it will not be applied any more, but it may say which keys
    the objects left, and an export or a deletion doesn't (P3)."""
    newest = {address(change): change for change in newest_of(changes)}
    return [old for old in parking.parked_at(using, newest.keys()) if old.rank <= newest[address(old)].rank]


def _departure(plan: Plan) -> Departure:
    """Of a row that is about to be renamed."""
    assert plan.state is not None
    version, _ = plan.change.departures.get(plan.state.key, plan.change.rank)
    return Departure(version, plan.state.key, plan.change.key)


def _pks(label: str, changes: Sequence[Change], resolver: Resolver) -> set[object]:
    return set(resolver.pks(registry.get(label), {change.key for change in changes}).values())


def _others(gate: Gate, waiting: Sequence[Waiting]) -> list[Change]:
    held = {id(item.change) for item in waiting}
    return [change for change in gate.passed.values() if id(change) not in held]


def _missing(item: Awaited) -> Waiting:
    return Waiting(change=item.change, reason=Reason.MISSING, feed=item.feed, key=item.key)


def _protected(item: Awaited) -> Waiting:
    return Waiting(change=item.change, reason=Reason.PROTECTED, feed=item.feed, key=item.key)


def _check_constraints(using: str) -> None:
    """Now, where halving sees a failure, and not at the commit (R21). SQLite checks when the outermost transaction
    ends."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
