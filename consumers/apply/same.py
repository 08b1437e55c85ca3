"""A pull brings mostly what is here already: that is found without a lock, and without the way that a write takes.

In: changes of a chunk. Out: those that may differ. Left out is a change whose version the ledger has, hash included,
and whose row has every value of it (R16: the row is read). It would write nothing, whatever comes in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from consumers.models import ParkedChange
from feedsync import ledger, registry, snapshot
from feedsync.ledger import Entry
from feedsync.models import DeadChange
from feedsync.registry import Feed
from feedsync.shape import Shape, shape_of
from feedsync.snapshot import State
from feedsync.wire.page import Change

SAMPLE = 16


def differing(changes: Sequence[Change], using: str) -> list[Change]:
    """What can't be left out. Where something is parked or dead, an equal change may release it: then, everything."""
    if any(model.objects.using(using).exists() for model in (ParkedChange, DeadChange)):
        return list(changes)
    found: list[Change] = []
    for label, group in groupby(changes, key=lambda change: change.feed):
        own = list(group)
        same = _same(registry.get(label), own, using)
        found += [change for change in own if change.key not in same]
    return found


def _same(feed: Feed, changes: Sequence[Change], using: str) -> set[str]:
    """Keys of the changes that need nothing."""
    named = Counter(change.key for change in changes)
    simple = [change for change in changes if not change.deleted and not change.former and named[change.key] == 1]
    sample = simple[:: len(simple) // SAMPLE or 1]
    if len(simple) > 2 * SAMPLE and not _proven(feed, sample, using):
        return set()  # a first pull: looking at every one of them would be in vain
    return _proven(feed, simple, using)


def _proven(feed: Feed, simple: Sequence[Change], using: str) -> set[str]:
    entries = ledger.read(using, feed.label, [change.key_hash for change in simple])
    known = [(change, entry) for change in simple if (entry := entries.get(change.key_hash)) and _at(change, entry)]
    states = _states(feed, using, [entry for _, entry in known])
    shape = shape_of(feed)
    return {
        change.key
        for change, entry in known
        if (state := states.get(entry.object_pk)) and _equal(shape, change, entry, state)
    }


def _at(change: Change, entry: Entry) -> bool:
    return entry.rank == change.rank and entry.object_pk is not None and not entry.tombstone


def _states(feed: Feed, using: str, entries: Iterable[Entry]) -> dict[str | None, State]:
    """{primary key text: state}."""
    pk_value = shape_of(feed).pk_value
    pks = [pk_value(entry.object_pk) for entry in entries if entry.object_pk is not None]
    return {state.pk_text: state for state in snapshot.by_pks(feed, using, pks)} if pks else {}


def _equal(shape: Shape, change: Change, entry: Entry, state: State) -> bool:
    assert change.fields is not None
    if state.key != change.key:
        return False
    if shape.names == change.fields.keys():
        return state.fields == change.fields and entry.content_hash != ""
    both = shape.names & change.fields.keys()
    return not entry.content_hash and all(state.fields[name] == change.fields[name] for name in both)
