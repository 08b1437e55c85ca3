"""A second look at references, where rows changed their keys in the same transaction.

An object was compared with its row before the rows that it refers to got their new keys: an equal reference may be
unequal by now, and the other way round. In: plans of feeds that refer to such a feed and don't come after it. Out:
patches, and many-to-many fields that differ after all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from consumers.apply import generic, identity
from consumers.apply.patching import Patch
from consumers.apply.plan import Plan
from feedsync import natural_keys, order, registry, snapshot
from feedsync.registry import Feed
from feedsync.shape import Need, shape_of


def differing(plans: Sequence[Plan], using: str) -> Iterator[Patch]:
    """References that are to be set; adds to `differs` of the plans where a set of members is to be replaced."""
    places = order.places()
    moved = _moved(plans, places)
    for label in {plan.change.feed for plan in plans}:
        earlier = {other for other, place in moved.items() if place >= places[label]}
        own = [plan for plan in plans if plan.change.feed == label]
        yield from _of_feed(label, earlier, own, using)


def _moved(plans: Sequence[Plan], places: Mapping[str, int]) -> dict[str, int]:
    """{feed whose rows have other keys now: place of the feed that brought it about}. Keys that run through a renamed
    object moved with it."""
    renamed = {plan.change.feed for plan in plans if plan.state is not None and plan.state.key != plan.change.key}
    moved = {label: places[label] for label in renamed}
    for label in renamed:
        parent = identity.parent_of(registry.get(label))  # whose part of the object is renamed by its child's news
        if parent is not None:
            moved[parent.label] = max(places[label], moved.get(parent.label, -1))
    keyed = list(_keyed()) if moved else []
    growing = True
    while growing:
        growing = False
        for label, through in keyed:
            place = moved.get(through, -1)
            if place > moved.get(label, -1):
                moved[label] = place
                growing = True
    return moved


def _keyed() -> Iterator[tuple[str, str]]:
    """(feed, feed that its natural key runs through)"""
    for feed in registry.feeds():
        yield from ((feed.label, label) for label, need in shape_of(feed).needs.items() if need is Need.KEY)


def _of_feed(label: str, moved: Collection[str], plans: Sequence[Plan], using: str) -> Iterator[Patch]:
    feed = registry.get(label)
    shape = shape_of(feed)
    references = [reference for reference in shape.references if reference.target.label in moved]
    generics = [one.object_id for one in shape.generics] if moved else []
    many = {many.name for many in shape.many if many.target.label in moved}
    if not references and not generics and not many:
        return
    states = {state.pk: state for state in snapshot.by_pks(feed, using, [plan.pk for plan in plans])}
    for plan in plans:
        # A row whose generic relation leads nowhere is no feed's.
        fields, wanted = states[plan.pk].fields if plan.pk in states else {}, plan.values
        plan.differs |= {name for name in many & wanted.keys() if fields and wanted[name] != fields[name]}
        for reference in references:
            value = wanted.get(reference.name)
            if value is not None and value != fields.get(reference.name):
                key = natural_keys.text(value)
                yield Patch(feed=feed, plan=plan, field=reference.field, target=reference.target, key=key)
        yield from _generic(feed, plan, [one for one in generics if wanted.get(one.name) != fields.get(one.name)])


def _generic(feed: Feed, plan: Plan, columns: Sequence[Any]) -> Iterator[Patch]:
    for column in columns:
        name = generic.name_of(plan.values.get(column.name))
        target = registry.find(name[0]) if name else None
        if name and target:
            yield Patch(feed=feed, plan=plan, field=column, target=target, key=name[1])
