"""Deletions, children before parents, through Django's own Collector so that `on_delete` and users' handlers count.

A deletion whose cascade would reach a registered object that the ledger shows alive waits for that object's own
change (P4); one that would reach a registered row which only this environment has is for a person to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import ProtectedError, RestrictedError

from consumers.apply import collecting, locate, uproot
from consumers.apply.carried import Departure
from consumers.apply.collecting import Reached
from consumers.apply.gate import Gate
from consumers.apply.identity import children_of, known_rows
from consumers.apply.pending import Pending, make_published
from consumers.apply.plan import lock_rows
from consumers.apply.references import Awaited
from consumers.apply.resolve import Resolver
from consumers.conflicts import noticing
from consumers.conflicts.noticing import Clash
from feedsync import ledger, outbox, primary_keys, registry, snapshot
from feedsync.errors import PermanentError
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.wire.page import Change


class OnlyHere(PermanentError):
    """The deletion would also delete registered objects that only this environment has."""


@dataclass(slots=True)
class Deletions:
    """What came of the deletions of one feed."""

    done: list[Change] = field(default_factory=list)
    absent: list[Change] = field(default_factory=list)
    waiting: list[Awaited] = field(default_factory=list)
    lost: list[Change] = field(default_factory=list)  # to a younger local edit
    clashes: list[Clash] = field(default_factory=list)


def delete(feed: Feed, changes: Sequence[Change], resolver: Resolver, gate: Gate, going: Reached) -> Deletions:
    """Delete the rows of these objects. `going`: what else this transaction deletes, so that a cascade may reach it."""
    using = resolver.using
    pks = rows(feed, changes, resolver, gate)
    result = Deletions(absent=[change for change in changes if change.key not in pks])
    present = {pks[change.key]: change for change in changes if change.key in pks}
    lock_rows(feed, using, sorted(present, key=str))
    _give_way(feed, present, result, gate)
    # Found by what the ledger knows, they may have another key by now than their change.
    going = {**going, feed.label: going.get(feed.label, set()) | present.keys()}
    inherits = any(map(registry.feed_of, feed.model._meta.all_parents))
    try:
        collector = collecting.collected(feed, using, present, going)
        blocked = _blocked(feed, collecting.reached_by(collector), going, using)
    except (ProtectedError, RestrictedError):
        blocked = _living_parent(feed, present, going, using) if inherits else None
        if blocked is None:
            raise
    if blocked is not None and len(changes) > 1:
        return _one_by_one(feed, changes, resolver, gate, going)
    if blocked is not None and inherits:
        # It may lose its own part while its parent's lives on as another object, whose deletion is a change of its own.
        collector = collecting.collected(feed, using, present, going, keep_parents=True)
        blocked = _blocked(feed, collecting.reached_by(collector), going, using)
    if blocked is not None:
        result.waiting += [Awaited(change=change, feed=blocked[0], key=blocked[1]) for change in present.values()]
        return result
    uproot.uproot(feed, {pk: Departure(change.version, change.key, None) for pk, change in present.items()}, gate)
    with outbox.suppressed(using, collecting.written_by(collector)):
        collecting.run(collector, using)
    result.done += present.values()
    return result


def rows(feed: Feed, changes: Sequence[Change], resolver: Resolver, gate: Gate) -> dict[str, Any]:
    """{key: row that is this object}: the ledger's, else the one with this key.

    Not a row that lives on under another key: a renamed parent took its children's keys along.
    """
    using = resolver.using
    found = locate.rows_of(feed, using, {change.key for change in changes}, resolver.values)
    found |= known_rows(feed, changes, set(found.values()), gate)
    entries = ledger.of_pks(using, feed.label, map(primary_keys.text, set(found.values()))) if found else []
    moved = set(map(primary_keys.text, resolver.settled(feed).values()))
    held: dict[str, list[Entry]] = defaultdict(list)  # {primary key: what the ledger knows alive there}
    for entry in entries:
        if entry.version and not entry.tombstone:
            held[str(entry.object_pk)].append(entry)
    for change in changes:
        pk = primary_keys.text(found.get(change.key))
        if pk in moved or any(entry.rank >= change.rank and entry.key != change.key for entry in held[pk]):
            del found[change.key]
    return found


def remove(using: str, feed: Feed, pks: list[Any]) -> None:
    """Rows that nothing refers to any more but their own sets."""
    collector = collecting.collect(feed, using, pks)
    with outbox.suppressed(using, collecting.written_by(collector)):
        collector.delete()


def _give_way(feed: Feed, present: dict[Any, Change], result: Deletions, gate: Gate) -> None:
    """A local edit that is younger than the deletion keeps the row (P1)."""
    pending = Pending(feed, gate.using, {primary_keys.text(pk) for pk in present})
    entries = ((pk, change, gate.entry(change.feed, change.key)) for pk, change in present.items())
    edited = [
        pk for pk, change, entry in entries if primary_keys.text(pk) in pending.edited or noticing.unseen(change, entry)
    ]
    for state in snapshot.by_pks(feed, gate.using, edited) if edited else ():
        change = present[state.pk]
        lost = pending.wins(change, state, gate)
        result.clashes += noticing.clash(change, state, pending, gate, lost=lost)
        if lost:
            result.lost.append(present.pop(state.pk))
    make_published(gate.using, result.lost)


def _one_by_one(feed: Feed, changes: Sequence[Change], resolver: Resolver, gate: Gate, going: Reached) -> Deletions:
    """Only where a cascade is blocked: find out whose."""
    result = Deletions()
    for change in changes:
        own = delete(feed, [change], resolver, gate, going)
        result.done += own.done
        result.waiting += own.waiting
        result.absent += own.absent
        result.lost += own.lost
        result.clashes += own.clashes
    return result


def _living_parent(feed: Feed, pks: Iterable[Any], going: Reached, using: str) -> tuple[str, str] | None:
    """(feed, key) of an object that one of these rows is the child's part of, and that goes on without it."""
    for parent in filter(None, map(registry.feed_of, feed.model._meta.all_parents)):
        alive = _alive(parent, set(pks) - going.get(parent.label, set()), using)
        if alive is not None:
            return alive
    return None


def _blocked(feed: Feed, reached: Reached, going: Reached, using: str) -> tuple[str, str] | None:
    """(feed, key) of a living object that the cascade would take along; raises OnlyHere. The parents' parts of what
    goes may be nobody's: their end was told before. Those of what stays may be: they were not told yet."""
    own = set(going.get(feed.label, ()))
    parents = {registry.label_of(parent) for parent in feed.model._meta.all_parents}
    for label, pks in reached.items():
        beyond = pks - going.get(label, set())
        parts = ((child, beyond - going.get(child.label, set())) for child in children_of(registry.get(label)))
        found = [_alive(one, pks, using) for one, pks in ((registry.get(label), beyond), *parts)]
        alive = next(filter(None, found), None)
        if alive is not None:
            return alive
        if beyond and not (label in parents and beyond <= own):
            raise OnlyHere(f"Deleting {feed.label} would delete {len(beyond)} {label} that only this environment has.")
    return None


def _alive(feed: Feed, pks: Iterable[Any], using: str) -> tuple[str, str] | None:
    """(feed, key) of an object that the ledger shows alive in one of these rows."""
    known = ledger.of_pks(using, feed.label, map(primary_keys.text, pks))
    return min(((feed.label, entry.key) for entry in known if entry.version and not entry.tombstone), default=None)
