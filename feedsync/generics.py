"""From the ids in generic relations to the natural keys of their objects, and back: set-wise, a query a model.

In: rows as `feedsync.snapshot` reads them, or parsed natural keys. Out: the same with the object's `[feed label, key]`
in place of its id, or the other way round; without those whose object is absent or not registered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from feedsync import natural_keys, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.generic import Generic
from feedsync.registry import Feed
from feedsync.shape import Shape, shape_of

Name = tuple[str, str]  # (feed label, id or key as text)


def named(
    shape: Shape, using: str, places: Mapping[str, int], rows: Iterable[Sequence[Any]], *, near: bool = False
) -> list[list[Any]]:
    """`places`: where each lookup stands in a row. `near`: also rows whose object is there and leads nowhere itself."""
    kept = [list(row) for row in rows]
    for generic in shape.generics:
        place = places[generic.object_id.name]
        names = [_name(generic, places, row) for row in kept]
        keys = _keys(using, {name for name in names if name is not None}, near)
        for row, name in zip(kept, names, strict=True):
            row[place] = None if name is None else keys.get(name)
        kept = [row for row, name in zip(kept, names, strict=True) if name is None or name in keys]
    return kept


def _name(generic: Generic, places: Mapping[Any, int], row: Sequence[Any]) -> Name | None:
    """None where the relation is empty."""
    app_label, model = (row[places[lookup]] for lookup in generic.label_lookups)
    object_id = row[places[generic.object_id.name]]
    if app_label is None or object_id in (None, ""):
        return None
    return (registry.named(f"{app_label}.{model}"), str(object_id))


@dataclass(frozen=True, slots=True)
class _Object:
    """A row, and by place what its own generic relations refer to."""

    reader: snapshot.KeyReader
    row: list[Any]
    refers: dict[int, Name]


def _keys(using: str, names: set[Name], near: bool) -> dict[Name, list[Any]]:
    """Without objects that are no feed's, because what they refer to in their turn is not there."""
    objects = _objects(using, names)
    while not near and (
        lost := {name for name, one in objects.items() if not objects.keys() >= set(one.refers.values())}
    ):
        for name in lost:
            del objects[name]
    values = {name: _value(name, objects, frozenset()) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _objects(using: str, names: set[Name]) -> dict[Name, _Object]:
    """These and all that they lead to: objects may refer to each other in a ring."""
    found: dict[Name, _Object] = {}
    asked: set[Name] = set()
    while names := names - asked:
        asked |= names
        for label, texts in snapshot.group_by_feed(names).items():
            feed = registry.find(label)
            found.update(_read(feed, using, texts) if feed else ())
        names = {name for one in found.values() for name in one.refers.values()}
    return found


def _read(feed: Feed, using: str, texts: Iterable[str]) -> Iterator[tuple[Name, _Object]]:
    shape = shape_of(feed)
    reader = snapshot.KeyReader(shape)
    query = snapshot.rows(feed, using).filter(any_of(using, "pk", _pks(feed, texts)))
    for row in query.values_list(*reader.lookups):
        pk, _ = reader.name(row)
        named = [(reader.places[one.object_id.name], _name(one, reader.places, row)) for one in shape.generics]
        refers = {place: name for place, name in named if name is not None}
        yield (feed.label, primary_keys.text(pk)), _Object(reader, list(row), refers)


def _value(name: Name, objects: Mapping[Name, _Object], above: frozenset[Name]) -> list[Any] | None:
    """What a generic relation to it holds on the wire; None where its key would run in a ring."""
    one = objects.get(name)
    if one is None or name in above:
        return None
    row = list(one.row)
    for place in one.refers.keys() & one.reader.key_places:
        row[place] = _value(one.refers[place], objects, above | {name})
        if row[place] is None:
            return None
    _, key = one.reader.name(row)
    return [name[0], natural_keys.parse(key)]


def _pks(feed: Feed, texts: Iterable[str]) -> list[Any]:
    """Without texts that are no primary key of the model: no object has them."""
    found = []
    for text in texts:
        try:
            found.append(shape_of(feed).pk_value(text))
        except ValidationError:
            continue
    return found


def places_in_key(shape: Shape) -> dict[int, Generic]:
    """Which parts of the natural key are ids."""
    by_field = {generic.object_id: generic for generic in shape.generics}
    return {place: by_field[part.chain[0]] for place, part in enumerate(shape.key) if part.chain[0] in by_field}


def local_keys(shape: Shape, using: str, keys: list[list[Any]]) -> list[list[Any]]:
    """Parsed keys with the ids of this database."""
    for place, generic in places_in_key(shape).items():
        wanted: dict[str, set[str]] = defaultdict(set)
        for key in keys:
            if key[place] is not None:
                label, target = key[place]
                wanted[label].add(natural_keys.text(target))
        found: dict[Name, Any] = {}
        for label, texts in wanted.items():
            feed = registry.find(label)
            states = snapshot.by_keys(feed, using, texts) if feed else []
            ids = generic.ids(state.pk for state in states)
            found.update({(label, state.key): ids[state.pk] for state in states if state.pk in ids})
        keys = [_localized(key, place, found) for key in keys if _is_here(key[place], found)]
    return keys


def _is_here(value: Any, ids: Mapping[Name, Any]) -> bool:
    return value is None or (value[0], natural_keys.text(value[1])) in ids


def _localized(key: list[Any], place: int, ids: Mapping[Name, Any]) -> list[Any]:
    value = key[place]
    own = None if value is None else ids[value[0], natural_keys.text(value[1])]
    return [*key[:place], own, *key[place + 1 :]]
