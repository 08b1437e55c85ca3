"""Deletions, children before parents, through Django's own Collector so that `on_delete` and users' handlers count.

A deletion whose cascade would reach a registered object that the ledger shows alive waits for that object's own
change (P4); one that would reach a registered row which only this environment has is for a person to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import PROTECT, RESTRICT, ForeignKey, Model, ProtectedError, QuerySet, RestrictedError
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete

from consumers.apply import locate, uproot
from consumers.apply.gate import Gate
from consumers.apply.pending import Pending, make_published
from consumers.apply.plan import known_rows, lock_rows
from consumers.apply.references import Awaited
from consumers.apply.resolve import Resolver
from consumers.conflicts import noticing
from consumers.conflicts.noticing import Clash
from feedsync import ledger, outbox, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.errors import PermanentError
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.wire.page import Change

LISTENED = (pre_delete, post_delete)
Reached = dict[str, set[Any]]  # {feed: primary keys}


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
    pks = _rows(feed, changes, resolver, gate)
    result = Deletions(absent=[change for change in changes if change.key not in pks])
    present = {pks[change.key]: change for change in changes if change.key in pks}
    lock_rows(feed, using, sorted(present, key=str))
    _give_way(feed, present, result, gate)
    # Found by what the ledger knows, they may have another key by now than their change.
    going = {**going, feed.label: going.get(feed.label, set()) | present.keys()}
    collector = _collected(feed, using, present)
    blocked = _blocked(feed, reached_by(collector), going, using)
    if blocked is not None and len(changes) > 1:
        return _one_by_one(feed, changes, resolver, gate, going)
    if blocked is not None and any(map(registry.feed_of, feed.model._meta.all_parents)):
        # It may lose its own part while its parent's lives on as another object, whose deletion is a change of its own.
        collector = _collect(feed, using, present, keep_parents=True)
        blocked = _blocked(feed, reached_by(collector), going, using)
    if blocked is not None:
        result.waiting += [Awaited(change=change, feed=blocked[0], key=blocked[1]) for change in present.values()]
        return result
    _uproot(feed, present, gate)
    with outbox.suppressed(using, _written_by(collector)):
        _run(collector, using)
    result.done += present.values()
    return result


def _rows(feed: Feed, changes: Sequence[Change], resolver: Resolver, gate: Gate) -> dict[str, Any]:
    """{key: row that is this object}: the ledger's, else the one with this key.

    Not a row that lives on under another key: a renamed parent took its children's keys along.
    """
    using = resolver.using
    found = locate.rows_of(feed, using, {change.key for change in changes}, resolver.values)
    found |= known_rows(feed, changes, set(found.values()), gate)
    entries = ledger.of_pks(using, feed.label, map(primary_keys.text, set(found.values()))) if found else []
    moved = {primary_keys.text(pk) for pk in resolver.settled(feed)}
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
    collector = _collect(feed, using, pks)
    with outbox.suppressed(using, _written_by(collector)):
        collector.delete()


def _uproot(feed: Feed, going: Mapping[Any, Change], gate: Gate) -> None:
    versions = {pk: change.version for pk, change in going.items()}
    uproot.uproot(feed, versions, {change.key for change in going.values()}, gate)


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


def _collected(feed: Feed, using: str, pks: Iterable[Any]) -> Collector:
    """Rows that protect each other, or themselves, let go of each other before they went at the source."""
    try:
        return _collect(feed, using, pks)
    except (ProtectedError, RestrictedError) as error:
        protecting = getattr(error, "protected_objects", ()) or getattr(error, "restricted_objects", ())
        own = {item.pk for item in protecting if isinstance(item, feed.model)}
        if len(own) < len(protecting) or not own <= set(pks) or not (held := _protected_by_itself(feed.model)):
            raise
        with outbox.suppressed(using, {feed.label: set(map(primary_keys.text, own))}):
            rows = snapshot.rows(feed, using).filter(any_of(using, "pk", own))
            rows.update(**dict.fromkeys(held))
        return _collect(feed, using, pks)


def _protected_by_itself(model: type[Model]) -> list[str]:
    """References among rows of the model that forbid a deletion, and may be null."""
    lineage = {model, *model._meta.all_parents}
    fields = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey) and field.null]
    return [
        field.name
        for field in fields
        if field.related_model in lineage and field.remote_field.on_delete in (PROTECT, RESTRICT)
    ]


def _collect(feed: Feed, using: str, pks: Iterable[Any], *, keep_parents: bool = False) -> Collector:
    collector = Collector(using=using)
    objects = list(snapshot.rows(feed, using).filter(any_of(using, "pk", pks)))
    kept = {item.pk for item in objects} if keep_parents else _on_shared_parents(feed, using, [o.pk for o in objects])
    for own, keep in (([o for o in objects if o.pk not in kept], False), ([o for o in objects if o.pk in kept], True)):
        if own:
            collector.collect(own, keep_parents=keep)
    return collector


def _on_shared_parents(feed: Feed, using: str, pks: Sequence[Any]) -> set[Any]:
    """Objects whose parent's row is part of an object of another model, too, which Django's collector doesn't see."""
    lineage = {feed.model, *feed.model._meta.all_parents}
    relations = [relation for parent in feed.model._meta.all_parents for relation in parent._meta.related_objects]
    siblings = [r.related_model for r in relations if r.parent_link and r.related_model not in lineage]
    shared: set[Any] = set()
    for model in siblings if pks else ():
        rows: QuerySet[Any] = QuerySet(model=model, using=using).filter(any_of(using, "pk", pks))
        shared.update(primary_keys.read(rows))
    return shared


def _run(collector: Collector, using: str) -> None:
    """Django's way where someone listens or a field is to be set; else the same statements for all rows at once."""
    models = [*collector.data, *(query.model for query in collector.fast_deletes)]
    if collector.field_updates or any(signal.has_listeners(model) for model in models for signal in LISTENED):
        collector.delete()
        return
    collector.sort()
    for query in collector.fast_deletes:
        query._raw_delete(using=using)
    for model, objects in collector.data.items():
        everything: QuerySet[Any] = QuerySet(model=model, using=using).order_by()
        everything.filter(any_of(using, "pk", [item.pk for item in objects]))._raw_delete(using=using)


def reached_by(collector: Collector) -> Reached:
    """Rows of registered models that the collector is about to delete."""
    reached: Reached = defaultdict(set)
    for model, objects in collector.data.items():
        if registry.feed_of(model) is not None:
            reached[registry.label_of(model)].update(item.pk for item in objects)
    for query in collector.fast_deletes:
        if registry.feed_of(query.model) is not None:
            reached[registry.label_of(query.model)].update(primary_keys.read(query))
    return reached


def _written_by(collector: Collector) -> dict[str, set[str]]:
    """Everything that the collector writes, fields that it sets to null included, so that it makes no mark (R20)."""
    written = reached_by(collector)
    for label, pks in _owners(collector):
        written[label].update(pks)
    updates: Any = collector.field_updates
    for (changed, _), groups in updates.items():
        label = registry.label_of(changed.model)
        if registry.feed_of(changed.model) is not None:
            written[label].update(item.pk for group in groups for item in group)
    return {label: set(map(primary_keys.text, pks)) for label, pks in written.items()}


def _owners(collector: Collector) -> Iterator[tuple[str, Iterable[Any]]]:
    """(feed, primary keys) of the objects whose many-to-many rows the collector takes along."""
    queries = [query for query in collector.fast_deletes if query.model._meta.auto_created]
    owning = {many.through: (feed, many) for feed in registry.feeds() for many in shape_of(feed).many}
    for query in queries:
        if query.model in owning:
            feed, many = owning[query.model]
            yield feed.label, query.values_list(f"{many.source}_id", flat=True)


def _blocked(feed: Feed, reached: Reached, going: Reached, using: str) -> tuple[str, str] | None:
    """(feed, key) of a living object that the cascade would take along; raises OnlyHere."""
    for label, pks in reached.items():
        beyond = {primary_keys.text(pk) for pk in pks - going.get(label, set())}
        if not beyond:
            continue
        known = [entry for entry in ledger.of_pks(using, label, beyond) if not entry.tombstone]
        alive = [entry for entry in known if entry.version > 0]
        if alive:
            return (label, min(entry.key for entry in alive))
        raise OnlyHere(f"Deleting {feed.label} would delete {len(beyond)} {label} that only this environment has.")
    return None
