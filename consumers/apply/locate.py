"""Which local rows have these natural keys: set-wise, one query for each model that the key runs through.

A part of the key that is the whole key of a related object is resolved to its foreign key first, so that the search
uses the index of the local columns. What the database finds is compared again, byte for byte (R22).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from consumers.apply import generic
from feedsync import generics, natural_keys, primary_keys, snapshot
from feedsync.generic import Generic
from feedsync.registry import Feed
from feedsync.rowin import RowIn
from feedsync.shape import Shape, shape_of, target_of

ABSENT = object()


class Resolve(Protocol):
    """{key: local value of the foreign key column} of what is here."""

    def __call__(self, feed: Feed, keys: Collection[str], *, attname: str) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchColumn:
    """A column to search by. `places`: parts of the key; `target`: whose key they are, None for a plain value."""

    lookup: str
    field: Any
    places: tuple[int, ...]
    target: Feed | None = None

    @property
    def target_attname(self) -> str:
        return str(self.field.target_field.attname)


def search_columns(shape: Shape) -> list[SearchColumn]:
    grouped: dict[str, list[int]] = defaultdict(list)  # {first field: places}
    for place, part in enumerate(shape.key):
        grouped[part.chain[0].name].append(place)
    return [column for places in grouped.values() for column in _columns(shape, places)]


def _columns(shape: Shape, places: list[int]) -> list[SearchColumn]:
    first = shape.key[places[0]].chain[0]
    whole = _whole_key(shape, places) if first.is_relation else None
    if whole is not None:
        target = target_of(first.related_model)  # type: ignore[arg-type]  # a foreign key's model is resolved by now
        return [SearchColumn(lookup=first.attname, field=first, places=whole, target=target)]
    return [
        SearchColumn(lookup=shape.key[place].lookup, field=shape.key[place].chain[-1], places=(place,))
        for place in places
    ]


def _whole_key(shape: Shape, places: list[int]) -> tuple[int, ...] | None:
    """The places in the order of the related object's own key, None if they are not exactly that key."""
    first: Any = shape.key[places[0]].chain[0]
    target = target_of(first.related_model)
    if target is None:
        return None
    by_path = {tuple(field.name for field in shape.key[place].chain[1:]): place for place in places}
    wanted = [tuple(field.name for field in part.chain) for part in shape_of(target).key]
    if len(by_path) != len(places) or set(by_path) != set(wanted):
        return None
    return tuple(by_path[path] for path in wanted)


def rows_of(feed: Feed, using: str, keys: Collection[str], resolve: Resolve) -> dict[str, Any]:
    """{key: primary key} of the rows that are here."""
    if not keys:
        return {}
    shape = shape_of(feed)
    columns = search_columns(shape)
    wanted = _wanted(shape, columns, keys, resolve)
    by_nulls: dict[tuple[bool, ...], dict[tuple[Any, ...], str]] = defaultdict(dict)
    for key, values in wanted.items():
        by_nulls[tuple(value is None for value in values)][values] = key
    found: dict[str, Any] = {}
    for nulls, by_values in by_nulls.items():
        for key, pk in _search(feed, using, _Pattern(columns, nulls), by_values):
            found.setdefault(key, pk)
    return found


def _wanted(
    shape: Shape, columns: Sequence[SearchColumn], keys: Collection[str], resolve: Resolve
) -> dict[str, tuple[Any, ...]]:
    parts = {key: _checked(shape, natural_keys.parse(key)) for key in keys}
    per_column = [_values(shape, column, parts, resolve) for column in columns]
    wanted = {key: tuple(values.get(key, ABSENT) for values in per_column) for key in keys}
    return {key: values for key, values in wanted.items() if ABSENT not in values}


def _checked(shape: Shape, key: list[Any]) -> list[Any]:
    if len(key) != len(shape.key):
        raise ValueError(f"{shape.feed.label}: the natural key has {len(shape.key)} parts here, not {len(key)}.")
    return key


def _values(shape: Shape, column: SearchColumn, parts: dict[str, list[Any]], resolve: Resolve) -> dict[str, Any]:
    """{key: value to search for}, without keys whose related object is not here."""
    if column.target is None:
        place = column.places[0]
        if (relation := generics.places_in_key(shape).get(place)) is not None:
            return _ids(relation, {key: part[place] for key, part in parts.items()}, resolve)
        decode = shape.key[place].codec.decode
        return {key: _decoded(part[place], decode) for key, part in parts.items()}
    own = {key: [part[place] for place in column.places] for key, part in parts.items()}
    sub = {key: natural_keys.text(part) for key, part in own.items() if any(item is not None for item in part)}
    known = resolve(column.target, set(sub.values()), attname=column.target_attname)
    values: dict[str, Any] = {key: known[text] for key, text in sub.items() if text in known}
    return values | {key: None for key in own if key not in sub}


def _ids(relation: Generic, values: dict[str, Any], resolve: Resolve) -> dict[str, Any]:
    here = generic.ids(relation, values.values(), resolve)
    names = {key: generic.name_of(value) for key, value in values.items()}
    return {key: None if name is None else here[name] for key, name in names.items() if name is None or name in here}


def _decoded(value: Any, decode: Any) -> Any:
    return value if value is None or decode is None else decode(value)


class _Pattern:
    """Which columns are compared and which must be null."""

    def __init__(self, columns: Sequence[SearchColumn], nulls: tuple[bool, ...]) -> None:
        self.filled = [column for column, null in zip(columns, nulls, strict=True) if not null]
        self.empty = [column for column, null in zip(columns, nulls, strict=True) if null]


def _search(feed: Feed, using: str, pattern: _Pattern, by_values: dict[tuple[Any, ...], str]) -> list[tuple[str, Any]]:
    filled = {tuple(value for value in values if value is not None): key for values, key in by_values.items()}
    query = (
        snapshot.rows(feed, using)
        .order_by("pk")
        .filter(**{f"{column.lookup}__isnull": True for column in pattern.empty})
    )
    lookups = [column.lookup for column in pattern.filled]
    if lookups:
        query = query.filter(RowIn(lookups, [_target_field(column) for column in pattern.filled], list(filled)))
    return [(filled[values], pk) for pk, values in primary_keys.beside(query, *lookups) if values in filled]


def _target_field(column: SearchColumn) -> Any:
    return column.field.target_field if column.field.is_relation else column.field
