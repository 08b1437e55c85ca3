"""What a registration looks like from outside, and whether it changed since this database last looked (R29).

In: feeds. Out: their description for the contract, a fingerprint of it, and the feeds whose fingerprint is another one
than the database remembers; those are relayed unchecked until they were exported once (R7).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from typing import Any

from django.utils import timezone

from feedsync import rowsets
from feedsync.models import FeedState
from feedsync.registry import Feed
from feedsync.shape import AnyField, KeyPart, Shape, shape_of
from feedsync.upserts import unique_fields
from feedsync.wire import json

CHANGED = "registration changed"
SIZES = ("max_length", "max_digits", "decimal_places")


def describe(feed: Feed) -> dict[str, Any]:
    """Natural key and fields, as the contract shows them."""
    shape = shape_of(feed)
    return {"feed": feed.label, "natural_key": list(map(_path, shape.key)), "fields": _fields(shape)}


def fingerprint(feed: Feed) -> str:
    """32 hexadecimal digits that change with the registration."""
    return _fingerprint(shape_of(feed))


@cache
def _fingerprint(shape: Shape) -> str:
    return blake2b(json.dumps(describe(shape.feed)), digest_size=16).hexdigest()


def note(using: str, feeds: Iterable[Feed]) -> list[Feed]:
    """Remember the fingerprints; answers the feeds that had another one before."""
    current = {feed.label: fingerprint(feed) for feed in feeds}
    states = FeedState.objects.using(using)
    remembered = f"SELECT feed, fingerprint FROM {FeedState._meta.db_table} WHERE fingerprint <> ''"
    known = dict(rowsets.fetch(using, remembered))
    stale = {label: mark for label, mark in current.items() if known.get(label) != mark}
    if not stale:
        return []
    changed = [label for label in stale if label in known]
    rows = [FeedState(feed=label, fingerprint=mark) for label, mark in stale.items()]
    unique = unique_fields(using, "feed")
    states.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=["fingerprint"])
    states.filter(feed__in=changed).update(unchecked_since=timezone.now(), cause=CHANGED)
    return [feed for feed in feeds if feed.label in changed]


def _path(part: KeyPart) -> str:
    return ".".join(field.name for field in part.chain)


def _fields(shape: Shape) -> list[dict[str, Any]]:
    generic = {item.object_id.name for item in shape.generics}
    columns = [_column(column.field) for column in shape.columns]
    columns = [{**column, "type": "generic"} if column["name"] in generic else column for column in columns]
    references = [
        {"name": item.name, "type": "reference", "null": item.field.null, "target": item.target.label}
        for item in shape.references
    ]
    many = [{"name": item.name, "type": "many", "null": False, "target": item.target.label} for item in shape.many]
    contents = [{"name": item.content, "type": "content", "null": True} for item in shape.files]
    return columns + references + many + contents


def _column(field: AnyField) -> dict[str, Any]:
    sizes = {name: getattr(field, name, None) for name in SIZES}
    known = {name: size for name, size in sizes.items() if size is not None}
    return {"name": field.name, "type": _kind(field), "null": field.null, **known}


def _kind(field: Any) -> str:
    inner = getattr(field, "base_field", None)
    kind = field.get_internal_type() or type(field).__name__
    return kind if inner is None else f"{kind}[{_kind(inner)}]"
