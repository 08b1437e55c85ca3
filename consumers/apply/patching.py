"""References, generic ones too, whose object came later in the transaction than the row that refers to it.

In: what the writers of the feeds left open. Out: the right values in these columns; objects may refer to each other in
a ring, or to themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from consumers.apply import write
from consumers.apply.plan import Plan
from consumers.apply.resolve import Resolver
from feedsync.generic import of_model
from feedsync.registry import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A column that is to be set when its object is here. `field`: a foreign key, or what holds a generic one's id."""

    feed: Feed
    plan: Plan
    field: Any
    target: Feed
    key: str


class Unresolved(Exception):
    """A reference could not be set after all."""


def patch(patches: Iterable[Patch], resolver: Resolver) -> None:
    """Set the references that had to wait; raises Unresolved."""
    grouped: dict[tuple[str, str, str], list[Patch]] = defaultdict(list)
    for item in patches:
        grouped[item.feed.label, item.field.name, item.target.label].append(item)
    for items in grouped.values():
        first = items[0]
        values = _values(first, {item.key for item in items}, resolver)
        missing = next((item for item in items if item.key not in values), None)
        if missing is not None:
            place = f"{first.feed.label}.{first.field.name}"
            raise Unresolved(f"{place}: {first.target.label} {missing.key} is not here.")
        rows = [[item.plan.pk, values[item.key]] for item in items]
        write.update(first.field.model, resolver.using, [first.field], rows)
        if first.field is first.feed.model._meta.pk:
            for item in items:
                item.plan.pk = values[item.key]
                resolver.learn(item.feed, item.plan.change.key, item.plan.pk)


def _values(patch: Patch, keys: Collection[str], resolver: Resolver) -> dict[str, Any]:
    if patch.field.is_relation:
        return resolver.values(patch.target, keys, attname=patch.field.target_field.attname)
    [generic] = [generic for generic in of_model(patch.feed.model) if generic.object_id is patch.field]
    here = resolver.pks(patch.target, keys)
    ids = generic.ids(here.values())
    return {key: ids[pk] for key, pk in here.items() if pk in ids}
