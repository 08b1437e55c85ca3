"""From the ids in generic relations to the natural keys of their objects, and back: set-wise, a query a model.

In: rows as `feedsync.snapshot` reads them, or parsed natural keys. Out: the same with the object's `[feed label, key]`
in place of its id, or the other way round; without those whose object is absent or not registered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from feedsync import natural_keys, registry, snapshot
from feedsync.generic import Generic
from feedsync.registry import Feed
from feedsync.shape import Shape, shape_of

Name = tuple[str, str]  # (feed label, id or key as text)


def named(shape: Shape, using: str, places: Mapping[str, int], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """`places`: where each lookup stands in a row."""
    kept = [list(row) for row in rows]
    for generic in shape.generics:
        app, model = (places[lookup] for lookup in generic.label_lookups)
        place = places[generic.object_id.name]
        names = [_name(row[app], row[model], row[place]) for row in kept]
        keys = _keys(using, {name for name in names if name is not None})
        for row, name in zip(kept, names, strict=True):
            row[place] = None if name is None else keys.get(name)
        kept = [row for row, name in zip(kept, names, strict=True) if name is None or name in keys]
    return kept


def _name(app_label: str | None, model: str | None, object_id: Any) -> Name | None:
    """None where the relation is empty."""
    if app_label is None or object_id in (None, ""):
        return None
    return (registry.named(f"{app_label}.{model}"), str(object_id))


def _keys(using: str, names: Iterable[Name]) -> dict[Name, list[Any]]:
    found = {}
    for label, texts in snapshot.group_by_feed(names).items():
        feed = registry.find(label)
        states = snapshot.by_pks(feed, using, _pks(feed, texts)) if feed else []
        found.update({(label, state.pk_text): [label, natural_keys.parse(state.key)] for state in states})
    return found


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
