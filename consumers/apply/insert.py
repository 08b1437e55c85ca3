"""New objects: one INSERT for each table of the model, parents first.

Registered fields get the source's values, the others what Django would give a new object. A multi-table child whose
parent row is here already joins it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models.fields import NOT_PROVIDED

from consumers.apply import locate, write
from consumers.apply.plan import Plan
from consumers.apply.resolve import Resolver
from feedsync import ledger, natural_keys, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.wire.page import Change, Rank

Values = dict[str, Any]  # {attribute of the column: Python value}


def insert(feed: Feed, using: str, plans: Sequence[Plan], values: Sequence[Values], resolver: Resolver) -> list[Any]:
    """Primary keys of the new objects, in the order of the plans."""
    rows = [write.namespace(**own) for own in values]
    given = set(values[0])
    chain = list(tables(feed.model))
    _join_parents(feed, chain, plans, rows, resolver)
    for model in chain:
        _insert_into(model, using, rows, given)
    pk = [field.attname for field in primary_keys.columns(feed.model)]
    return [primary_keys.of([getattr(row, name) for name in pk]) for row in rows]


def tables(model: type[models.Model]) -> Iterator[type[models.Model]]:
    """The model and its concrete parents, farthest ancestor first."""
    seen: dict[type[models.Model], None] = {}
    for parent in model._meta.parents:
        seen.update(dict.fromkeys(tables(parent)))
    yield from seen
    yield model


def _insert_into(model: type[models.Model], using: str, rows: Sequence[Any], given: set[str]) -> None:
    for row in rows:
        _link_to_parents(model, row)
    fresh = [row for row in rows if not _stands(model, row)]
    links = {link.attname for link in model._meta.parents.values() if link is not None}
    fields = [field for field in model._meta.local_concrete_fields if _written(field, given | links)]
    for field in fields:
        if field.attname not in given | links:
            for row in fresh:
                setattr(row, field.attname, default(field))
    values = [[getattr(row, field.attname) for field in fields] for row in fresh]
    made = [name for field in primary_keys.columns(model) if (name := field.attname) not in given | links]
    places = [place for place, field in enumerate(primary_keys.columns(model)) if field.attname in made]
    for row, pk in zip(fresh, write.insert(model, using, fields, values), strict=True):
        for name, place in zip(made, places, strict=True):
            setattr(row, name, primary_keys.parts(pk)[place])
    joined = [row for row in rows if _stands(model, row)]
    _update_joined(model, using, [field for field in fields if field.attname in given], joined)


def _stands(model: type[models.Model], row: Any) -> bool:
    return model in getattr(row, "joined", ())


def _link_to_parents(model: type[models.Model], row: Any) -> None:
    links: list[Any] = [link for link in model._meta.parents.values() if link is not None]
    for link in links:
        setattr(row, link.attname, getattr(row, link.target_field.attname))


def _written(field: Any, given: set[str]) -> bool:
    if getattr(field, "generated", False):
        return False
    if field.attname in given:
        return True
    return not isinstance(field, models.AutoField) and field.db_default is NOT_PROVIDED


def default(field: Any) -> Any:
    """What Django gives a field that nobody set."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return field.pre_save(write.namespace(), True)
    return field.get_default()


def _join_parents(
    feed: Feed, chain: Sequence[type[models.Model]], plans: Sequence[Plan], rows: Sequence[Any], resolver: Resolver
) -> None:
    """Find parent rows that are here: the key's fields lie on the parent, so that the parent's table can be
    searched. Under a former key, where the object left it after the parent's own news of it."""
    first = {part.chain[0].model for part in shape_of(feed).key}
    for parent in chain[:-1]:
        if not first <= {parent, *parent._meta.parents}:
            continue
        found = _parents_found(feed, parent, [plan.change for plan in plans], resolver)
        pk: Any = parent._meta.pk
        for plan, row in zip(plans, rows, strict=True):
            if plan.change.key in found:
                setattr(row, pk.attname, found[plan.change.key])
                row.joined = {*getattr(row, "joined", ()), parent}


def _parents_found(
    feed: Feed, parent: type[models.Model], changes: Sequence[Change], resolver: Resolver
) -> dict[str, Any]:
    """{key of a new object: primary key of the parent's row that is part of it}."""
    using = resolver.using
    stand_in = Feed(label=parent._meta.label_lower, model=parent, natural_key=feed.natural_key, fields=())
    keys = {key for change in changes for key in (change.key, *change.former)}
    rows = locate.rows_of(stand_in, using, keys, resolver.values)
    found = {change.key: rows[change.key] for change in changes if change.key in rows}
    moved = [change for change in changes if change.key not in found and rows.keys() & set(change.former)]
    own = registry.feed_of(parent)
    if not moved or (own is not None and own.natural_key != feed.natural_key):
        return found
    former = {key for change in moved for key in change.former}
    told = ledger.read(using, own.label, map(natural_keys.digest, former)) if own is not None else {}
    complete = set(primary_keys.read(snapshot.rows(feed, using).filter(any_of(using, "pk", rows.values()))))
    complete |= set(resolver.settled(own).values()) if own is not None else set()
    for change in moved:
        left = (key for key, rank in change.departures.items() if key in rows and _older(told, key, rank))
        pk = next((rows[key] for key in left if rows[key] not in complete), None)
        if pk is not None:
            complete.add(pk)
            found[change.key] = pk
    return found


def _older(told: Mapping[str, Entry], key: str, rank: Rank) -> bool:
    entry = told.get(natural_keys.digest(key))
    return entry is None or entry.rank < rank


def _update_joined(model: type[models.Model], using: str, fields: Sequence[Any], rows: Sequence[Any]) -> None:
    pk: Any = model._meta.pk
    own = [field for field in fields if not field.primary_key]
    values = [[getattr(row, pk.attname), *(getattr(row, field.attname) for field in own)] for row in rows]
    write.update(model, using, own, values)
