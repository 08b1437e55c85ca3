"""Unique values of rows that go, and that other objects get in the same transaction.

Deletions come last, because what refers to the rows must have moved on. So the rows let go of such values first. Only
tried where a batch has failed on a unique value: mostly it is enough that the deletion comes before the other's change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from consumers.apply import delete, follow, unique, write
from consumers.apply.gate import Gate
from consumers.apply.plan import Plan
from consumers.apply.resolve import Resolver
from feedsync import snapshot
from feedsync.anyof import any_of
from feedsync.registry import Feed
from feedsync.wire.page import Change


class StillHere(Exception):
    """A row that let go of its values stays after all."""


def release(feed: Feed, deletions: Sequence[Change], plans: Sequence[Plan], gate: Gate, resolver: Resolver) -> set[Any]:
    """Primary keys of the rows that let go of something: each has to be gone in the end, see `check`."""
    going = delete.rows(feed, deletions, resolver, gate) if deletions and plans else {}
    states = snapshot.by_pks(feed, gate.using, going.values()) if going else []
    released: set[Any] = set()
    for field, pks in unique.taken(feed.model, states, plans):
        if not any(follow.referrers(field)):
            values = [[pk, unique.temporary(field, place)] for place, pk in enumerate(pks)]
            write.update(field.model, gate.using, [field], values)
            released.update(pks)
    return released


def check(feed: Feed, using: str, released: set[Any]) -> None:
    """Raises StillHere."""
    if snapshot.rows(feed, using).filter(any_of(using, "pk", released)).exists():
        raise StillHere(f"A row of {feed.label} was to go and is still here.")
