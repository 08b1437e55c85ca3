"""Many-to-many sets: replaced as a whole, written as the difference (R23)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from consumers.apply import write
from consumers.apply.patching import Unresolved
from consumers.apply.plan import Plan
from consumers.apply.resolve import Resolver
from feedsync import natural_keys
from feedsync.anyof import any_of
from feedsync.registry import Feed
from feedsync.shape import ManyToMany, shape_of

Pair = tuple[Any, Any]  # (primary key of the owner, primary key of the member)


def replace(feed: Feed, plans: Sequence[Plan], resolver: Resolver) -> None:
    """Give each planned object the members that its change names; raises Unresolved."""
    for many in shape_of(feed).many:
        owners = [plan for plan in plans if many.name in plan.differs]
        if owners:
            _replace(many, owners, resolver)


def _replace(many: ManyToMany, plans: Sequence[Plan], resolver: Resolver) -> None:
    keys = {natural_keys.text(key) for plan in plans for key in plan.values[many.name]}
    pks = resolver.pks(many.target, keys)
    if not pks.keys() >= keys:
        raise Unresolved(f"{many.target.label} {min(keys - pks.keys())} is not here.")
    wanted = {(plan.pk, pks[natural_keys.text(key)]) for plan in plans for key in plan.values[many.name]}
    present = _present(many, resolver.using, [plan.pk for plan in plans if not plan.creates])
    fields = [many.through._meta.get_field(many.source), many.through._meta.get_field(many.member)]
    write.delete_pairs(many.through, resolver.using, fields, sorted(present - wanted, key=str))
    missing = sorted(wanted - present, key=str)
    if missing:
        write.insert(many.through, resolver.using, fields, missing, ignore_conflicts=True)


def _present(many: ManyToMany, using: str, owners: Sequence[Any]) -> set[Pair]:
    if not owners:
        return set()
    query: QuerySet[Any] = QuerySet(model=many.through, using=using).filter(any_of(using, many.source, owners))
    return set(query.values_list(f"{many.source}_id", f"{many.member}_id"))
