"""What changes refer to, and which of them can't be applied yet.

In: the changes of a transaction. Out: those that may be written, and for the rest the object that each waits for. An
object may be written when everything that it refers to is here or comes in the same transaction and may be written
itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from consumers.apply import generic
from consumers.apply.burials import nulled
from consumers.apply.gate import address
from consumers.apply.locate import search_columns
from consumers.apply.resolve import Resolver
from feedsync import natural_keys
from feedsync.ledger import Address, Entry
from feedsync.registry import Feed, get
from feedsync.shape import by_label, shape_of
from feedsync.wire.page import Change

ObjectName = tuple[str, str]  # (feed label, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A change that can't be written yet, and the object that it waits for."""

    change: Change
    feed: str
    key: str

    @property
    def address(self) -> Address:
        return (self.feed, natural_keys.digest(self.key))


def of_change(change: Change) -> Iterator[tuple[Feed, str]]:
    """(feed, key) of every object that a change refers to."""
    if change.fields is None:
        return
    shape = shape_of(get(change.feed))
    for reference in shape.references:
        value = change.fields.get(reference.name)
        if value is not None:
            yield reference.target, natural_keys.text(value)
    for many in shape.many:
        for value in change.fields.get(many.name, ()):
            yield many.target, natural_keys.text(value)
    yield from generic.targets(shape, change)


def sort_out(
    changes: Iterable[Change], leaving: Iterable[Change], resolver: Resolver
) -> tuple[list[Change], list[Awaited]]:
    """(changes that may be written, changes that must wait)."""
    coming = {(change.feed, change.key): change for change in changes if not change.deleted}
    going = {(change.feed, change.key): change for change in (*leaving, *changes) if change.deleted}
    here = _present(coming, resolver)
    without_buried = [_leave_out_buried(change, resolver) for change in changes]
    waiting: dict[ObjectName, Awaited] = {}
    available = here | coming.keys()
    growing = True
    while growing:
        growing = False
        for change in without_buried:
            own = (change.feed, change.key)
            missing = None if own in waiting else _missing(change, available, resolver.forwarded, going)
            if missing is not None:
                waiting[own] = Awaited(change=change, feed=missing[0], key=missing[1])
                available.discard(own)
                growing = True
    writable = [change for change in without_buried if (change.feed, change.key) not in waiting]
    return writable, list(waiting.values())


def _present(coming: dict[ObjectName, Change], resolver: Resolver) -> set[ObjectName]:
    wanted: dict[str, set[str]] = defaultdict(set)
    for change in coming.values():
        for feed, key in of_change(change):
            if (feed.label, key) not in coming:
                wanted[feed.label].add(key)
    for label, keys in wanted.items():
        resolver.learn_burials(by_label(label), keys)
    return {(label, key) for label, keys in wanted.items() for key in resolver.pks(by_label(label), keys)}


def _missing(
    change: Change,
    available: set[ObjectName],
    forwarded: Mapping[ObjectName, Entry],
    going: Mapping[ObjectName, Change],
) -> ObjectName | None:
    """A key is followed to where its object went only by what was said before: later it means another object, also
    where its object goes in this transaction, or leaves the key."""
    own = (change.feed, change.key)
    for feed, key in of_change(change):
        name = (feed.label, key)
        left = forwarded.get(name) or going.get(name) or _led_on(feed, key, forwarded)
        if name != own and (name not in available or (left is not None and left.version < change.version)):
            return name
    return None


def _led_on(feed: Feed, key: str, forwarded: Mapping[ObjectName, Entry]) -> Entry | None:
    """The tombstone by which it was found of something that its key runs through."""
    if not forwarded:
        return None
    parts = natural_keys.parse(key)
    for column in search_columns(shape_of(feed)):
        if column.target is not None:
            through = natural_keys.text([parts[place] for place in column.places])
            found = forwarded.get((column.target.label, through)) or _led_on(column.target, through, forwarded)
            if found is not None:
                return found
    return None


def _leave_out_buried(change: Change, resolver: Resolver) -> Change:
    """Without what was deleted after the change was made: many-to-many members (R19), and references that the deletion
    sets to null wherever it finds them."""
    if change.fields is None or not (resolver.buried or resolver.reborn):
        return change
    fields = dict(change.fields)
    shape = shape_of(get(change.feed))
    for many in shape.many:
        if many.name in fields:
            fields[many.name] = [key for key in fields[many.name] if not _buried(many.target, key, change, resolver)]
    for reference in shape.references:
        value = fields.get(reference.name)
        if value is not None and nulled(reference, shape.feed) and _buried(reference.target, value, change, resolver):
            fields[reference.name] = None
    return replace(change, fields=fields)


def _buried(target: Feed, key: list[object], change: Change, resolver: Resolver) -> bool:
    name = (target.label, natural_keys.text(key))
    tombstone = resolver.buried.get(name)
    since = resolver.reborn.get(name, 0) > change.version
    return since or (tombstone is not None and not tombstone.successor and tombstone.rank > change.rank)


def addresses_of(changes: Iterable[Change]) -> set[Address]:
    """Where the changes' objects live and lived."""
    found = set()
    for change in changes:
        found.add(address(change))
        found.update((change.feed, natural_keys.digest(key)) for key in change.former)
    return found
