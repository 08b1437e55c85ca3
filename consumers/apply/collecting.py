"""What goes with rows that are deleted, by Django's own Collector: cascades, fields that are set, sets' rows.

In: a feed and primary keys. Out: a collector, what it reaches and writes, and its work done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connections
from django.db.models import PROTECT, RESTRICT, ForeignKey, Model, ProtectedError, QuerySet, RestrictedError
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete

from feedsync import outbox, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.registry import Feed
from feedsync.shape import shape_of

LISTENED = (pre_delete, post_delete)
Reached = dict[str, set[Any]]  # {feed: primary keys}


def collected(feed: Feed, using: str, pks: Iterable[Any], going: Reached, *, keep_parents: bool = False) -> Collector:
    """Rows that protect each other, or themselves, let go of each other before they went at the source. `going`: what
    else goes."""
    try:
        return collect(feed, using, pks, keep_parents=keep_parents)
    except (ProtectedError, RestrictedError) as error:
        lineage = {feed.label, *map(registry.label_of, feed.model._meta.all_parents)}
        together = going | {label: going.get(label, set()) | set(pks) for label in lineage}
        protecting = _protecting(error)
        if any(not rows <= together.get(label, set()) for label, rows in protecting.items()):
            raise
        if not connections[using].features.can_defer_constraint_checks:
            for label, rows in protecting.items():
                _let_go(registry.get(label), feed.model, using, rows)
        return collect(feed, using, pks, keep_parents=keep_parents, by=Together(using, together))


def _protecting(error: Any) -> Reached:
    """What forbids a deletion; under the model's own label where it is not registered."""
    found: Reached = defaultdict(set)
    for item in getattr(error, "protected_objects", ()) or getattr(error, "restricted_objects", ()):
        found[registry.label_of(type(item))].add(item.pk)
    return found


class Together(Collector):
    """Rows that go together, and so don't protect each other."""

    def __init__(self, using: str, going: Reached) -> None:
        super().__init__(using=using)
        self.together = going

    def related_objects(self, related_model: Any, related_fields: Any, objs: Any) -> Any:
        found: Any = super().related_objects(related_model, related_fields, objs)
        going = self.together.get(registry.label_of(related_model))
        return found.exclude(any_of(str(self.using), "pk", going)) if going else found


def _let_go(feed: Feed, target: type[Model], using: str, pks: set[Any]) -> None:
    """By references that may be null, where a database checks each row as it goes."""
    held = _protected_by(feed.model, target)
    texts = set(map(primary_keys.text, pks))
    with outbox.suppressed(using, {sharing.label: texts for sharing in _sharing(feed.model)}):
        if held:
            snapshot.rows(feed, using).filter(any_of(using, "pk", pks)).update(**dict.fromkeys(held))


def _protected_by(model: type[Model], target: type[Model]) -> list[str]:
    """References of the model's rows to the target's that forbid a deletion, and may be null."""
    lineage = {target, *target._meta.all_parents}
    fields = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey) and field.null]
    return [
        field.name
        for field in fields
        if field.related_model in lineage and field.remote_field.on_delete in (PROTECT, RESTRICT)
    ]


def collect(
    feed: Feed, using: str, pks: Iterable[Any], *, keep_parents: bool = False, by: Collector | None = None
) -> Collector:
    collector = by or Collector(using=using)
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


def run(collector: Collector, using: str) -> None:
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


def written_by(collector: Collector) -> dict[str, set[str]]:
    """Everything that the collector writes, fields that it sets to null included, so that it makes no mark (R20)."""
    written = reached_by(collector)
    for label, pks in _owners(collector):
        written[label].update(pks)
    updates: Any = collector.field_updates
    for (changed, _), groups in updates.items():
        for feed in _sharing(changed.model):
            written[feed.label].update(item.pk for group in groups for item in group)
    return {label: set(map(primary_keys.text, pks)) for label, pks in written.items()}


def _sharing(model: type[Model]) -> list[Feed]:
    """Feeds whose objects lie in the model's rows: its own, those that inherit from it, those that it inherits from."""
    lineage = {model, *model._meta.all_parents}
    return [feed for feed in registry.feeds() if feed.model in lineage or model in feed.model._meta.all_parents]


def _owners(collector: Collector) -> Iterator[tuple[str, Iterable[Any]]]:
    """(feed, primary keys) of the objects whose many-to-many rows the collector takes along: a set belongs to the feed
    of each model that inherits it."""
    queries = [query for query in collector.fast_deletes if query.model._meta.auto_created]
    for feed in registry.feeds() if queries else ():
        for many in shape_of(feed).many:
            for query in [query for query in queries if query.model is many.through]:
                yield feed.label, query.values_list(f"{many.source}_id", flat=True)
