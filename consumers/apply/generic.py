"""Generic relations in changes: what they refer to, and which id it has here.

In: `[feed label, natural key]`, as it came. Out: feed and key, or the id as the column holds it, found set-wise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from feedsync import natural_keys, registry
from feedsync.generic import Generic
from feedsync.registry import Feed
from feedsync.shape import Shape
from feedsync.wire.page import Change

Name = tuple[str, str]  # (feed label, key)
Resolve = Callable[..., dict[str, Any]]  # as in `locate`


def name_of(value: Any) -> Name | None:
    """None where the relation is empty."""
    return None if value is None else (str(value[0]), natural_keys.text(value[1]))


def targets(shape: Shape, change: Change) -> Iterator[tuple[Feed, str]]:
    """(feed, key) of the objects; a model that is not registered here can't be waited for."""
    fields = change.fields or {}
    for generic in shape.generics:
        name = name_of(fields.get(generic.object_id.name))
        feed = registry.find(name[0]) if name else None
        if name and feed:
            yield feed, name[1]


def ids(generic: Generic, values: Iterable[Any], resolve: Resolve) -> dict[Name, Any]:
    """{object: what the column holds for it} of those that are here."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for value in values:
        name = name_of(value)
        if name:
            wanted[name[0]].add(name[1])
    found: dict[Name, Any] = {}
    for label, keys in wanted.items():
        feed = registry.find(label)
        pk = feed.model._meta.pk if feed else None
        if feed and pk:
            here = resolve(feed, keys, attname=pk.attname)
            own = generic.ids(here.values())
            found.update({(label, key): own[value] for key, value in here.items() if value in own})
    return found
