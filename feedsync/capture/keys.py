"""Natural keys of rows that are being deleted.

In: what `DELETE … RETURNING` gave of each row, so of the very rows that went (R4). Out: canonical key texts. Parts that
lie beyond a relation are looked up afterwards, one query a relation: Django deletes children first, so their parents
are still there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet

from feedsync import generic, natural_keys
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.wire.values import Codec, codec_of

LOOKUP_BATCH = 10_000  # below the number of parameters that SQLite takes

Row = Sequence[Any]
Model = type[models.Model]
Beyond = dict[Any, Row]  # {value of the relation's column: values of its lookups}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One part of a key: a column of the row, or, with a `lookup`, a value beyond the relation in that column."""

    column: Any
    lookup: str
    codec: Codec


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeyColumns:
    """`columns`: what has to be returned of a row besides its primary key, each once."""

    columns: tuple[Any, ...]
    parts: tuple[Part, ...]

    def texts(self, using: str, fields: Sequence[Any], rows: Sequence[Row]) -> list[str | None]:
        """The key of each row of values of these fields; None where a parent is gone already."""
        place = {field: number for number, field in enumerate(fields)}
        beyond = {
            relation: _beyond(using, relation, lookups, {row[place[relation]] for row in rows})
            for relation, lookups in self._relations().items()
        }
        for relation, found in beyond.items():
            self._add_deleted(relation, found, place, rows)
        return [self._text(row, place, beyond) for row in rows]

    def _relations(self) -> dict[Any, list[str]]:
        relations: dict[Any, list[str]] = defaultdict(list)
        for part in self.parts:
            if part.lookup:
                relations[part.column].append(part.lookup)
        return relations

    def _add_deleted(self, relation: Any, found: Beyond, place: dict[Any, int], rows: Sequence[Row]) -> None:
        """A row that refers to its own table may have gone together with its parent."""
        model = relation.model._meta.concrete_model
        if relation.related_model._meta.concrete_model is not model:
            return
        own = {field.name: place[field] for field in place}
        lookups = self._relations()[relation]
        if relation.target_field in place and all(lookup in own for lookup in lookups):
            for row in rows:
                found[row[place[relation.target_field]]] = [row[own[lookup]] for lookup in lookups]

    def _text(self, row: Row, place: dict[Any, int], beyond: dict[Any, Beyond]) -> str | None:
        key = []
        taken: dict[Any, int] = defaultdict(int)
        for part in self.parts:
            value = row[place[part.column]]
            if part.lookup and value is not None:
                if value not in beyond[part.column]:
                    return None
                value = beyond[part.column][value][taken[part.column]]
            taken[part.column] += 1
            key.append(part.codec.encode(value) if part.codec.encode and value is not None else value)
        return natural_keys.text(key)


def _beyond(using: str, relation: Any, lookups: list[str], values: set[Any]) -> Beyond:
    target = relation.target_field
    wanted = sorted(values - {None})
    query: QuerySet[Any] = QuerySet(model=target.model, using=using).order_by()
    found: Beyond = {}
    for start in range(0, len(wanted), LOOKUP_BATCH):
        batch = query.filter(**{f"{target.name}__in": wanted[start : start + LOOKUP_BATCH]})
        found.update((row[0], row[1:]) for row in batch.values_list(target.attname, *lookups))
    return found


def key_columns(feed: Feed, model: Model) -> KeyColumns | None:
    """How to read the feed's key off rows of this class; None where a migration's class lacks a part of it, and where
    a generic relation is part of it, whose object may be gone: the ledger knows the keys that were published (R11)."""
    shape = shape_of(feed)
    if any(generic.is_object_id(part.chain[-1]) for part in shape.key):
        return None
    try:
        parts = tuple(_part(model, part.lookup) for part in shape.key)
    except FieldDoesNotExist:
        return None
    return KeyColumns(columns=tuple(dict.fromkeys(_columns(model, parts))), parts=parts)


def _columns(model: Model, parts: Sequence[Part]) -> Iterator[Any]:
    local = {field.name: field for field in model._meta.local_concrete_fields}
    for part in parts:
        yield part.column
        if part.lookup in local and part.column.related_model._meta.concrete_model is model:
            yield local[part.lookup]
            yield part.column.target_field


def _part(model: Model, path: str) -> Part:
    names = path.split("__")
    fields = _walk(model, names)
    first = fields[0]
    if first.model._meta.concrete_model is not model:
        # Inherited: the value lies in the parent's table, beyond the link to it.
        link = model._meta.get_ancestor_link(first.model)
        return Part(column=link, lookup=path, codec=codec_of(fields[-1]))
    return Part(column=first, lookup="__".join(names[1:]), codec=codec_of(fields[-1]))


def _walk(model: Model, names: Sequence[str]) -> list[Any]:
    fields: list[Any] = []
    for name in names:
        fields.append(model._meta.get_field(name))
        model = fields[-1].related_model or model
    return fields
