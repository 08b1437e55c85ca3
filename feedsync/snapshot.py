"""Committed state of a feed's objects, read set-wise: one query a chunk and one for each many-to-many field.

In: a feed, a database, and which rows. Out: `State`s with natural key and registered fields in wire form. Reads through
a plain QuerySet of the model, never its managers (R12). Relay and export both read here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import blake2b
from operator import and_, itemgetter, or_
from typing import Any, TypeVar

from django.db.models import Expression, F, Q, QuerySet
from django.db.models.lookups import IsNull

from feedsync import natural_keys, primary_keys
from feedsync.anyof import any_of
from feedsync.files import states
from feedsync.registry import Feed
from feedsync.shape import KeyPart, ManyToMany, Reference, Shape, shape_of
from feedsync.wire import json
from feedsync.wire.values import JSON_NULL, tells_null_apart

CONDITIONS = 200  # in one query; more make the database's parser slow
T = TypeVar("T")
Take = Callable[[Sequence[Any]], Any]
Lookup = str | Expression


@dataclass(frozen=True, slots=True)
class State:
    """One object: primary key as Python value, canonical key, {name: wire value}."""

    pk: Any
    key: str
    fields: dict[str, Any]

    @property
    def pk_text(self) -> str:
        """The primary key as marks and the ledger have it."""
        return primary_keys.text(self.pk)

    def content_hash(self) -> str:
        return hash_content(self.fields)


def hash_content(fields: Any) -> str:
    """32 hexadecimal digits over the canonical JSON of registered values."""
    return blake2b(json.dumps(fields), digest_size=16).hexdigest()


def rows(feed: Feed, using: str) -> QuerySet[Any]:
    """Every row of the feed, whatever its managers hide."""
    return QuerySet(model=feed.model, using=using).order_by()


def by_pks(feed: Feed, using: str, pks: Iterable[Any], *, measure: bool = False, near: bool = False) -> list[State]:
    return read(feed, rows(feed, using).filter(any_of(using, "pk", pks)), measure=measure, near=near)


def by_keys(feed: Feed, using: str, keys: Iterable[str], *, measure: bool = False) -> list[State]:
    """Objects whose natural key is, byte for byte, one of these (R22)."""
    wanted = set(keys)
    found = [state for query in _with_keys(feed, using, wanted) for state in read(feed, query, measure=measure)]
    return [state for state in found if state.key in wanted]


def present(feed: Feed, using: str, keys: Iterable[str]) -> set[str]:
    """Which of these natural keys some row carries; nothing else of the rows is read."""
    wanted = set(keys)
    return wanted & {key for query in _with_keys(feed, using, wanted) for _, key in named(feed, query)}


def _with_keys(feed: Feed, using: str, keys: Iterable[str]) -> Iterator[QuerySet[Any]]:
    """Queries of the rows that the database finds under these keys."""
    shape = shape_of(feed)
    parsed = [natural_keys.parse(key) for key in sorted(keys)]
    if shape.generics:
        parsed = _generics().local_keys(shape, using, parsed)
    for batch in _batches(_conditions(shape, parsed), CONDITIONS):
        yield rows(feed, using).filter(reduce(or_, batch))


def _conditions(shape: Shape, keys: Sequence[Sequence[Any]]) -> list[Q]:
    """One for all keys that differ only in the part that differs most: a thousand keys are one `IN`."""
    places = range(len(shape.key))
    varying = max(places, key=lambda place: len({json.dumps(key[place]) for key in keys}), default=0)
    groups: dict[bytes, list[Sequence[Any]]] = defaultdict(list)  # {the other parts: keys}
    for key in keys:
        groups[json.dumps([*key[:varying], *key[varying + 1 :]])].append(key)
    return [_condition(shape, group, varying) for group in groups.values()]


def _condition(shape: Shape, keys: Sequence[Sequence[Any]], varying: int) -> Q:
    values = {place: [keys[0][place]] for place in range(len(shape.key))} | {varying: [key[varying] for key in keys]}
    return reduce(and_, (_among(part, values[place]) for place, part in enumerate(shape.key)))


def _among(part: KeyPart, values: Sequence[Any]) -> Q:
    known = [part.codec.decode(value) if part.codec.decode else value for value in values if value is not None]
    condition = Q(**{f"{part.lookup}__in": known}) if len(known) > 1 else Q()
    if len(known) == 1:
        condition = Q(**{part.lookup: known[0]})
    return condition if len(known) == len(values) else condition | Q(**{f"{part.lookup}__isnull": True})


def read(
    feed: Feed,
    query: QuerySet[Any],
    *,
    between: tuple[Any, Any] | None = None,
    measure: bool = False,
    near: bool = False,
) -> list[State]:
    """States of a query's rows, in its order. `between`: the first and last primary key of a contiguous query.
    `measure`: to be sent, so that files are looked at; otherwise what is known of them is enough. `near`: also rows
    whose generic relation leads to one that leads nowhere, and that are no feed's."""
    shape = shape_of(feed)
    reader = _Reader(shape)
    rows: Iterable[Sequence[Any]] = query.values_list(*reader.lookups)
    if shape.generics:
        rows = _generics().named(shape, query.db, reader.places, rows, near=near)
    found = [reader.state(row) for row in rows]
    if found and shape.many:
        _add_members(shape, query.db, found, between)
    if found and shape.files:
        states.translate(shape.files, query.db, [state.fields for state in found], measure=measure)
    return found


def named(feed: Feed, query: QuerySet[Any]) -> list[tuple[Any, str]]:
    """(primary key, natural key) of a query's rows, in its order."""
    shape = shape_of(feed)
    reader = KeyReader(shape)
    rows: Iterable[Sequence[Any]] = query.values_list(*reader.lookups)
    if shape.generics:
        rows = _generics().named(shape, query.db, reader.places, rows)
    return [reader.name(row) for row in rows]


def _generics() -> Any:
    """What it refers to is read here in its turn, so that neither module can be imported first."""
    from feedsync import generics

    return generics


class KeyReader:
    """Which lookups a natural key needs, each once, and how a row of their values becomes (primary key, key)."""

    def __init__(self, shape: Shape) -> None:
        self.places: dict[Lookup, int] = {}
        self._add(shape)
        self.key_places = {self.places[part.lookup] for part in shape.key}
        for generic in shape.generics:
            for lookup in (*generic.label_lookups, generic.object_id.name):
                self.place(lookup)

    def _add(self, shape: Shape) -> None:
        self._pk = itemgetter(*map(self.place, primary_keys.names(shape.feed.model)))
        self._key = _parts(self, shape.key, "")

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        return tuple(self.places)

    def place(self, lookup: Lookup) -> int:
        return self.places.setdefault(lookup, len(self.places))

    def name(self, row: Sequence[Any]) -> tuple[Any, str]:
        return self._pk(row), natural_keys.text([take(row) for take in self._key])


class _Reader(KeyReader):
    """Which lookups a shape needs, each once, and how a row of their values becomes a State.

    Columns come first, so that most of a row becomes a dict in one step; only what needs a codec is touched again.
    """

    def _add(self, shape: Shape) -> None:
        self._names = [column.name for column in shape.columns]
        for name in self._names:
            self.place(name)
        self._encoded = [(column.name, column.codec.encode) for column in shape.columns if column.codec.encode]
        nullable = [column.name for column in shape.columns if tells_null_apart(column.field)]
        self._nulls = [(name, self.place(IsNull(F(name), True))) for name in nullable]
        super()._add(shape)
        self._references = [(reference.name, self._reference(reference)) for reference in shape.references]

    def _reference(self, reference: Reference) -> Take:
        place = self.place(reference.field.attname)
        parts = _parts(self, shape_of(reference.target).key, f"{reference.name}__")
        return lambda row: None if row[place] is None else [take(row) for take in parts]

    def state(self, row: Sequence[Any]) -> State:
        fields = dict(zip(self._names, row, strict=False))  # the row goes on with key and references
        for name, encode in self._encoded:
            if fields[name] is not None:
                fields[name] = encode(fields[name])
        for name, is_null in self._nulls:
            if fields[name] is None and not row[is_null]:
                fields[name] = dict(JSON_NULL)
        for name, take in self._references:
            fields[name] = take(row)
        pk, key = self.name(row)
        return State(pk, key, fields)


def _parts(reader: KeyReader, key: Sequence[KeyPart], prefix: str) -> list[Take]:
    return [_value(reader.place(prefix + part.lookup), part.codec.encode) for part in key]


def _value(place: int, encode: Callable[[Any], Any] | None) -> Take:
    if encode is None:
        return itemgetter(place)
    return lambda row: None if row[place] is None else encode(row[place])


def _add_members(shape: Shape, using: str, states: list[State], between: tuple[Any, Any] | None) -> None:
    by_pk = {state.pk: state for state in states}
    for many in shape.many:
        for state in states:
            state.fields[many.name] = []
        for pk, key in members(many, using, by_pk, between=between):
            if pk in by_pk:  # between the two may be a row that came after the others were read
                by_pk[pk].fields[many.name].append(key)
        for state in states:
            if len(state.fields[many.name]) > 1:
                state.fields[many.name].sort(key=json.dumps)


def members(
    many: ManyToMany, using: str, pks: Iterable[Any], *, between: tuple[Any, Any] | None = None
) -> Iterator[tuple[Any, list[Any]]]:
    """(primary key of the owner, natural key of a member), unordered; of these owners, or of all between two."""
    key = shape_of(many.target).key
    lookups = [f"{many.member}__{part.lookup}" for part in key]
    takes = [_value(place + 1, part.codec.encode) for place, part in enumerate(key)]
    query: QuerySet[Any] = QuerySet(model=many.through, using=using)
    if between is None:
        query = query.filter(any_of(using, many.source, pks))
    else:
        query = query.filter(**{f"{many.source}__gte": between[0], f"{many.source}__lte": between[1]})
    for row in query.values_list(f"{many.source}_id", *lookups):
        yield row[0], [take(row) for take in takes]


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def group_by_feed(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """{feed label: items} in order of arrival."""
    grouped: dict[str, list[Any]] = defaultdict(list)
    for label, item in pairs:
        grouped[label].append(item)
    return dict(grouped)
