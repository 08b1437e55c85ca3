"""Rows whose primary key is part of their natural key, and changes: a row goes on as another object, as where what it
extends one to one, or its parent, was renamed while its own row here stayed what it was.

In: {present primary key: new one} of a model's rows. Out: the rows under their new keys, with everything that refers to
them; two may be swapped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import models

from consumers.apply import delete, follow, locate, merge, unique, write
from consumers.apply.identity import children_of, parent_of
from consumers.apply.plan import Plan
from consumers.apply.resolve import Resolver
from feedsync import ledger, primary_keys, snapshot
from feedsync.anyof import any_of
from feedsync.registry import Feed


def rekey(model: type[models.Model], using: str, pks: Mapping[Any, Any]) -> None:
    field: Any = model._meta.pk
    aside = {pk: unique.temporary(field, place) for place, pk in enumerate(pks.keys() & set(pks.values()))}
    with follow.unchecked(using):
        write.update(model, using, [field], [[pk, temporary] for pk, temporary in aside.items()])
        write.update(model, using, [field], [[aside.get(pk, pk), new] for pk, new in pks.items()])
        follow.follow(field, using, list(pks.items()))


def join_parents(feed: Feed, renamed: Sequence[Plan], resolver: Resolver) -> dict[Any, Any]:
    """{primary key: new one} of objects in several tables whose parent part is a feed of the same key, and by that key
    another row, whose own changes have been written before. Where the row that they leave stays alive as another
    object, they go over; otherwise both rows are one object."""
    parent = parent_of(feed)
    if parent is None or not renamed:
        return {}
    using = resolver.using
    found = locate.rows_of(parent, using, {plan.change.key for plan in renamed}, resolver.values)
    joining = {plan.pk: found.get(plan.change.key, plan.pk) for plan in renamed}
    pairs = {old: new for old, new in joining.items() if new != old}
    entries = ledger.of_pks(using, parent.label, map(primary_keys.text, pairs)) if pairs else []
    alive = {entry.object_pk for entry in entries if entry.version and not entry.tombstone}
    alive |= set(map(primary_keys.text, resolver.settled(parent).values()))  # by news of this transaction
    if over := {old: new for old, new in pairs.items() if primary_keys.text(old) in alive}:
        rekey(feed.model, using, over)
    if same := {old: new for old, new in pairs.items() if old not in over}:
        merge.merge(parent.model, same, using, partial(delete.remove, using))
    return pairs


def carry_children(feed: Feed, renamed: Sequence[Plan], resolver: Resolver) -> None:
    """Rows of this feed were renamed under objects in several tables of which they are a part: these are known by what
    was said of themselves, and go over to the row that has their key now, if there is one. What a change of this
    transaction speaks of finds its place by that."""
    for child in children_of(feed) if renamed else ():
        _carry(child, feed, {plan.pk: plan.change.key for plan in renamed}, resolver)


def _carry(child: Feed, parent: Feed, keys: Mapping[Any, str], resolver: Resolver) -> None:
    using = resolver.using
    there = {primary_keys.text(pk): pk for pk in _present(child, using, keys)}
    entries = sorted(ledger.of_pks(using, child.label, there), key=lambda entry: entry.rank) if there else []
    known = {there[str(entry.object_pk)]: entry.key for entry in entries if entry.version and not entry.tombstone}
    strayed = {pk: key for pk, key in known.items() if key != keys[pk] and (child.label, key) not in resolver.told}
    found = locate.rows_of(parent, using, set(strayed.values()), resolver.values)
    pairs = {pk: found[key] for pk, key in strayed.items() if key in found}
    taken = set(_present(child, using, set(pairs.values()) - pairs.keys()))
    free = {pk: new for pk, new in pairs.items() if new not in taken}
    if free:
        rekey(child.model, using, free)
        follow.move_in_ledger(child.model, using, list(free.items()))
        resolver.forget()


def _present(feed: Feed, using: str, pks: Collection[Any]) -> list[Any]:
    return primary_keys.read(snapshot.rows(feed, using).filter(any_of(using, "pk", pks))) if pks else []
