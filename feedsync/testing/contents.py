"""What is in a database, and what differs between two.

Read by natural key with code of its own, on purpose: a fault in the code that the relay, the export and apply share
would be invisible to itself.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, TypeAlias

from django.db import connections, models
from django.db.models import QuerySet

from feedsync import registry
from feedsync.registry import Feed
from feedsync.testing.emptying import filled

Key: TypeAlias = "tuple[Any, ...]"
Contents: TypeAlias = "dict[tuple[str, Key], list[dict[str, Any]]]"  # {(feed, key): registered values}, mostly one

REFERENCE_ONLY = {"contenttypes.contenttype": ("app_label", "model")}


def of(alias: str) -> Contents:
    """Every registered value of every registered row."""
    contents: Contents = defaultdict(list)
    feeds = registry.feeds()
    tables = filled(connections[alias], [feed.model._meta.db_table for feed in feeds])  # mostly a few of many
    for feed in (feed for feed in feeds if feed.model._meta.db_table in tables):
        for key, values in _rows(feed, alias):
            contents[feed.label, key].append(values)
    return dict(contents)


def differences(first: tuple[str, Contents], second: tuple[str, Contents]) -> Iterator[str]:
    """A line for each object that is not the same in both; `first` and `second`: (name, contents)."""
    (one, here), (other, there) = first, second
    for label, key in sorted(here.keys() | there.keys(), key=repr):
        name = f"{label} {key}"
        mine, yours = here.get((label, key)), there.get((label, key))
        if mine is None or yours is None:
            yield f"{name}: only in {other if mine is None else one}"
        elif not _same(mine, yours):
            unequal = [field for field in mine[0] if mine[0][field] != yours[0][field]]
            parts = [f"{field} is {mine[0][field]!r} in {one}, {yours[0][field]!r} in {other}" for field in unequal]
            yield f"{name}: {'; '.join(parts) or f'{len(mine)} rows in {one}, {len(yours)} in {other}'}"


def _same(mine: list[dict[str, Any]], yours: list[dict[str, Any]]) -> bool:
    """By value, which knows the types of users' fields, or by how it looks, which knows NaN and no order."""
    return mine == yours or sorted(map(repr, mine)) == sorted(map(repr, yours))


def _rows(feed: Feed, alias: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    key = _key_paths(feed.model)
    plain = [field for field in _fields(feed) if not field.is_relation]
    related = [field for field in _fields(feed) if field.many_to_one or field.one_to_one]
    targets = {field: [f"{field.name}__{path}" for path in _key_paths(field.related_model)] for field in related}
    names = {"pk", *key, *(field.name for field in plain), *(field.attname for field in related)}
    names.update(path for paths in targets.values() for path in paths)
    members = {field.name: _members(field, alias) for field in _fields(feed) if field.many_to_many}
    generic = _generic(feed.model, [field.name for field in plain])
    names.update(path for paths in generic.values() for path in paths)
    for row in _named(generic, QuerySet(model=feed.model, using=alias).order_by().values(*names), alias):
        values = {field.name: _plain(row[field.name]) for field in plain}
        values |= {name: _file(feed, name, values[name]) for name in feed.file_fields}
        for field, paths in targets.items():
            values[field.name] = None if row[field.attname] is None else tuple(_plain(row[path]) for path in paths)
        values |= {name: sorted(keys.get(row["pk"], ()), key=repr) for name, keys in members.items()}
        yield tuple(_plain(row[path]) for path in key), values


def _file(feed: Feed, name: str, stored: str | None) -> str | None:
    """What the file holds: its name may differ between storages."""
    if not stored:
        return stored
    field: Any = feed.model._meta.get_field(name)
    try:
        with field.storage.open(stored) as file:
            return f"SHA-256 {hashlib.sha256(file.read()).hexdigest()}"
    except FileNotFoundError:
        return f"no file {stored}"


def _generic(model: Any, names: list[str]) -> dict[str, tuple[str, str]]:
    """{column of ids: lookups of the app label and the model name} of generic relations."""
    found = [field for field in model._meta.private_fields if getattr(field, "fk_field", None) in names]
    return {field.fk_field: (f"{field.ct_field}__app_label", f"{field.ct_field}__model") for field in found}


def _named(generic: dict[str, tuple[str, str]], rows: Any, alias: str) -> Iterator[dict[str, Any]]:
    """Rows with the object's name in place of its id; a row whose object is nobody's is nobody's."""
    for row in rows:
        objects = {
            column: _object(f"{row[app_label]}.{row[model]}", row[column], alias)
            for column, (app_label, model) in generic.items()
        }
        if all(name is not None or row[column] is None for column, name in objects.items()):
            yield row | objects


def _object(label: str, pk: Any, alias: str, above: frozenset[tuple[str, Any]] = frozenset()) -> Key | None:
    """None where there is none, or where it is nobody's itself; a ring of them is somebody's."""
    feed = registry.find(label)
    if feed is None or pk is None:
        return None
    rows: QuerySet[Any] = QuerySet(model=feed.model, using=alias).filter(pk=pk)
    row = rows.values_list(*_key_paths(feed.model)).first()
    generic = _generic(feed.model, [field.name for field in _fields(feed)]) if (label, pk) not in above else {}
    for column, (app_label, model) in generic.items():
        for kind, name, further in rows.values_list(app_label, model, column):
            if further is not None and _object(f"{kind}.{name}", further, alias, above | {(label, pk)}) is None:
                return None
    return row and (feed.label, tuple(map(_plain, row)))


def _fields(feed: Feed) -> list[Any]:
    """The fields that are kept the same, as the documentation of `register_model` has it."""
    meta = feed.model._meta
    if feed.fields is not None:
        return [meta.get_field(name) for name in feed.fields]
    concrete = [field for field in meta.concrete_fields if not getattr(field, "generated", False)]
    many: list[Any] = [field for field in meta.many_to_many if _through(field)._meta.auto_created]
    kept = [field for field in concrete if not isinstance(field, models.AutoField) and not _parent_link(field)]
    return [field for field in kept + many if field.name not in feed.exclude]


def _key_paths(model: Any) -> list[str]:
    """Lookups of the parts of a model's natural key; a part that is a relation stands for its target's key."""
    feed = registry.feed_of(model)
    names = feed.natural_key if feed else REFERENCE_ONLY[registry.label_of(model)]
    return [path for name in names for path in _paths(model, name.split("."))]


def _paths(model: Any, names: list[str]) -> list[str]:
    field = model._meta.pk if names[0] == "pk" else model._meta.get_field(names[0])
    if not field.is_relation:
        return [field.name]
    further = _paths(field.related_model, names[1:]) if names[1:] else _key_paths(field.related_model)
    return [f"{field.name}__{path}" for path in further]


def _members(field: Any, alias: str) -> dict[Any, list[Key]]:
    """{primary key of the owner: keys of its members}."""
    source, member = field.m2m_field_name(), field.m2m_reverse_field_name()
    paths = [f"{member}__{path}" for path in _key_paths(field.related_model)]
    found: dict[Any, list[Key]] = defaultdict(list)
    for owner, *key in QuerySet(model=_through(field), using=alias).values_list(f"{source}_id", *paths):
        found[owner].append(tuple(map(_plain, key)))
    return found


def _plain(value: Any) -> Any:
    """What compares by content: PostgreSQL answers binary columns as views."""
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _through(field: Any) -> Any:
    return field.remote_field.through


def _parent_link(field: Any) -> bool:
    return bool(field.remote_field and getattr(field.remote_field, "parent_link", False))
