"""Columns of an object in several tables that its parent's feed tells, too: whose news is younger has them.

An old change of the child may find the parent's part as another object has it by now, or as its own news left it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from consumers.apply import identity, locate
from consumers.apply.gate import Gate, burial, grave
from consumers.apply.resolve import Resolver
from feedsync import ledger, primary_keys
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.wire.page import Change

if TYPE_CHECKING:
    from consumers.apply.plan import Plan

Names = frozenset[str]


def held(feed: Feed, changes: Collection[Change], gate: Gate) -> dict[str, Names]:
    """{key: names of fields that the change is too old for}, mostly empty."""
    found: dict[str, Names] = {}
    for parent in identity.parents_of(feed):
        told = ledger.read(gate.using, parent.label, [change.key_hash for change in changes])
        names = _fields_of(parent, feed)
        for change in changes:
            entry, coming = told.get(change.key_hash), gate.passed.get((parent.label, change.key_hash))
            ranks = [one.rank for one in (entry, coming) if one is not None]
            if max(ranks, default=change.rank) > change.rank:
                found[change.key] = found.get(change.key, frozenset()) | names
    return found


def left(feed: Feed, plans: Iterable[Plan], using: str, now: dt.datetime) -> Iterator[Entry]:
    """What the parents' ledgers learn of a renamed object before their own news comes: the row left these keys, so that
    another object may have them."""
    renamed = {primary_keys.text(plan.pk): plan.change for plan in plans if plan.change.departures}
    for parent in identity.parents_of(feed) if renamed else ():
        for entry in ledger.of_pks(using, parent.label, renamed):
            change = renamed[str(entry.object_pk)]
            departure = change.departures.get(entry.key)
            if departure is not None and not entry.tombstone and burial(departure) > entry.rank:
                yield grave(parent.label, entry.key, departure, change.key_hash, now)


def have_rows(feed: Feed, keys: Collection[str], resolver: Resolver) -> set[str]:
    """Which of these new objects have their parents' parts here."""
    rows = [
        locate.rows_of(parent, resolver.using, keys, resolver.values).keys() for parent in identity.parents_of(feed)
    ]
    return set(keys).intersection(*rows)


def _fields_of(parent: Feed, feed: Feed) -> Names:
    lineage = {parent.model, *parent.model._meta.all_parents}
    shape = shape_of(feed)
    fields = [column.field for column in shape.columns] + [reference.field for reference in shape.references]
    many = {item.name for item in shape.many if feed.model._meta.get_field(item.name).model in lineage}
    return frozenset(field.name for field in fields if field.model in lineage) | many
