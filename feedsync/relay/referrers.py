"""Who refers to a renamed row: its key is part of their state, so each of them is marked (P2).

In: primary keys of renamed rows, inside the finishing transaction. Out: marks. Rows whose own key runs through the
renamed one are found renamed in their turn, and so their referrers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.db import router
from django.db.models import QuerySet

from feedsync import ledger, outbox, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.registry import Feed
from feedsync.shape import shape_of

CHUNK = 2_000
Renamed = Mapping[str, Iterable[Any]]  # {feed label: primary keys}


def mark(using: str, renamed: Renamed) -> None:
    """Mark every registered row of this database that refers to one of these."""
    if not renamed:
        return
    for feed in registry.feeds():
        if router.allow_migrate_model(using, feed.model):
            for query in _queries(feed, using, renamed):
                _mark(using, feed, query)


def mark_by_value(using: str, taking: Renamed) -> None:
    """Mark rows that refer to one of these by the value of a field that is no primary key: they referred to whoever had
    the value before, and nothing was written to them."""
    for feed in registry.feeds() if taking else ():
        for reference in shape_of(feed).references if router.allow_migrate_model(using, feed.model) else ():
            if reference.target.label in taking and not reference.field.target_field.primary_key:
                _mark(using, feed, _referring(feed, using, reference.name, taking[reference.target.label]))


def _referring(feed: Feed, using: str, name: str, pks: Iterable[Any]) -> QuerySet[Any]:
    rows = snapshot.rows(feed, using).filter(any_of(using, f"{name}__pk", list(pks)))
    return rows.values_list(*primary_keys.names(feed.model))


def _queries(feed: Feed, using: str, renamed: Renamed) -> Iterator[QuerySet[Any]]:
    """Primary keys, in columns, of the feed's rows that refer to a renamed one, in any way."""
    shape = shape_of(feed)
    for reference in shape.references:
        if reference.target.label in renamed:
            yield _referring(feed, using, reference.name, renamed[reference.target.label])
    for many in shape.many:
        if many.target.label in renamed:
            members: QuerySet[Any] = QuerySet(model=many.through, using=using)
            pks = list(renamed[many.target.label])
            yield members.filter(**{f"{many.member}__in": pks}).values_list(f"{many.source}_id")
    yield from _generic(feed, using, renamed)


def mark_generic(using: str, gone: Renamed) -> None:
    """Mark rows whose generic relation leads to nothing now: no constraint of the database takes them along."""
    for feed in _with_generics(using) if gone else ():
        for query in _generic(feed, using, gone):
            _mark(using, feed, query)


def mark_unheard(using: str, born: Renamed) -> None:
    """Mark rows whose generic relation leads to something only now: before, they were no feed's."""
    for feed in _with_generics(using) if born else ():
        for query in _generic(feed, using, born):
            for pks in _chunks(query):
                known = ledger.of_pks(using, feed.label, pks)
                told = {entry.object_pk for entry in known if entry.content_hash and not entry.tombstone}
                outbox.mark(using, feed.label, [(pk, None) for pk in pks if pk not in told])


def _with_generics(using: str) -> Iterator[Feed]:
    for feed in registry.feeds():
        if shape_of(feed).generics and router.allow_migrate_model(using, feed.model):
            yield feed


def _generic(feed: Feed, using: str, objects: Renamed) -> Iterator[QuerySet[Any]]:
    for generic in shape_of(feed).generics:
        for label, pks in objects.items():
            kind = generic.kind(registry.get(label).model_label)
            ids = {f"{generic.object_id.name}__in": list(generic.ids(pks).values())}
            yield snapshot.rows(feed, using).filter(**kind, **ids).values_list(*primary_keys.names(feed.model))


def _mark(using: str, feed: Feed, query: QuerySet[Any]) -> None:
    for pks in _chunks(query):
        # The key that they refer to may read as before, and mean another object.
        outbox.mark_anew(using, feed.label, pks)


def _chunks(query: QuerySet[Any]) -> Iterator[list[str]]:
    rows = query.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield [primary_keys.text(primary_keys.of(row)) for row in chunk]
