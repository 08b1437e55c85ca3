"""Which local row an object is: by what the ledger knows, by its former keys, by its key.

In: changes of one feed, the rows that have their keys. Out: {key: row}. A key is no identity: it moves with a parent's
rename, and rows trade theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import Any

from consumers.apply import locate
from consumers.apply.gate import Gate, burial
from consumers.apply.outcome import Mode
from consumers.apply.resolve import Resolver
from feedsync import ledger, natural_keys, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.wire.page import Change

Rows = dict[str, Any]  # {key: primary key}


def keys_of(changes: Iterable[Change]) -> set[str]:
    return {key for change in changes for key in (change.key, *change.former)}


def known_rows(feed: Feed, changes: Iterable[Change], present: set[Any], gate: Gate) -> dict[str, Any]:
    """{key: row that the ledger knows as the object}. Not the row that has this key: where a parent was renamed, the
    keys of its children moved without them."""
    shape = shape_of(feed)
    entries = [gate.entry(feed.label, key) for key in keys_of(changes)]
    known = {
        entry.key: shape.pk_value(entry.object_pk)
        for entry in entries
        if entry.version and entry.object_pk is not None and not entry.tombstone
    }
    unsure = set(known.values()) - present
    if unsure:
        rows = snapshot.rows(feed, gate.using).filter(any_of(gate.using, "pk", unsure))
        present = present | set(primary_keys.read(rows))
    return {key: pk for key, pk in known.items() if pk in present}


def holders(feed: Feed, changes: Collection[Change], pks: Rows, known: Rows, parts: Rows, gate: Gate) -> dict[str, Any]:
    """{key: local row that is this object}, of the rows that have these keys and those that are known under them: first
    those that move away from where they were, then who stays."""
    strayed = _strayed(feed, pks, known, gate)
    here = {key: pk for key, pk in pks.items() if pk not in strayed}
    ordered = sorted(changes, key=lambda change: change.rank, reverse=True)
    found: dict[str, Any] = {}
    taken: set[Any] = set()
    for wanted in (partial(_part, parts), _former_rows, _known_rows, _own_rows):
        for change in ordered:
            free = (pk for pk in wanted(change, here, known, gate) if pk not in taken)
            pk = None if change.key in found else next(free, None)
            if pk is not None:
                found[change.key] = pk
                taken.add(pk)
    return {change.key: found.get(change.key) for change in ordered}


def _part(parts: Rows, change: Change, pks: Rows, known: Rows, gate: Gate) -> Iterator[Any]:
    if change.key in parts:
        yield parts[change.key]


def parts(feed: Feed, changes: Collection[Change], pks: Rows, known: Rows, resolver: Resolver) -> Rows:
    """{key: row} of objects in several tables whose parent's part has that key by news of its own: that is the object,
    whatever is known of the child's part. What is left under a former key is a remainder."""
    own = [change for change in changes if change.key in pks]
    unsure = {change.key for change in own if change.former or known.get(change.key) != pks[change.key]}
    parent = parent_of(feed) if unsure else None
    if parent is None:
        return {}
    told = ledger.read(resolver.using, parent.label, map(natural_keys.digest, unsure)).values()
    alive = {entry.key: entry.object_pk for entry in told if entry.version and not entry.tombstone}
    alive |= {key: primary_keys.text(pk) for key, pk in resolver.settled(parent).items()}
    return {key: pks[key] for key in unsure if alive.get(key) == primary_keys.text(pks[key])}


def retaken(feed: Feed, changes: Collection[Change], known: Rows, gate: Gate, resolver: Resolver) -> set[str]:
    """Keys that objects in several tables left, and whose rows' parents' parts are others' by younger news: the objects
    get rows of their own. Those whose parent's part is here by its new key go over to that."""
    left = {key: (departure, change.key) for change in changes for key, departure in change.departures.items()}
    left = {key: departure for key, departure in left.items() if key in known}
    parent = parent_of(feed) if left else None
    if parent is None:
        return set()
    told = ledger.read(gate.using, parent.label, map(natural_keys.digest, left)).values()
    alive = [entry for entry in told if not entry.tombstone and entry.rank > left[entry.key][0]]
    taken = {entry.key for entry in alive if entry.object_pk == primary_keys.text(known[entry.key])}
    here = locate.rows_of(parent, gate.using, {left[key][1] for key in taken}, resolver.values)
    return {key for key in taken if left[key][1] not in here}


def before_their_time(feed: Feed, changes: Collection[Change], known: Rows, gate: Gate) -> list[Change]:
    """Of other objects than the row that is known under their key: it leaves the key, as its child's part tells in this
    transaction and its own news doesn't yet."""
    children = {child.label for child in children_of(feed)}
    told = [change for change in gate.passed.values() if change.feed in children] if children else []
    left = {key: departure for change in told for key, departure in change.departures.items()}
    own = {key for change in changes for key in change.former}
    return [
        change
        for change in changes
        if change.key in left.keys() & known.keys() - own
        and left[change.key] > gate.entry(feed.label, change.key).rank
        and burial(left[change.key]) < change.rank
    ]


def children_of(feed: Feed) -> list[Feed]:
    """The feeds of objects in several tables of which the feed's are a part, and which share the natural key."""
    own = [one for one in registry.feeds() if feed.model in one.model._meta.all_parents]
    return [one for one in own if one.natural_key == feed.natural_key]


def parents_of(feed: Feed) -> list[Feed]:
    """The feeds of parent models that share the natural key, for objects in several tables."""
    parents = filter(None, map(registry.feed_of, feed.model._meta.all_parents))
    return [parent for parent in parents if parent.natural_key == feed.natural_key]


def parent_of(feed: Feed) -> Feed | None:
    return next(iter(parents_of(feed)), None)


def _former_rows(change: Change, pks: dict[str, Any], known: dict[str, Any], gate: Gate) -> Iterator[Any]:
    """Under the former keys that this change's rename is newer than."""
    for key, departure in change.departures.items():
        if key in known and departure > gate.entry(change.feed, key).rank:
            yield known[key]


def _known_rows(change: Change, pks: dict[str, Any], known: dict[str, Any], gate: Gate) -> Iterator[Any]:
    """What the ledger knows under its own key."""
    if change.key in known:
        yield known[change.key]


def _own_rows(change: Change, pks: dict[str, Any], known: dict[str, Any], gate: Gate) -> Iterator[Any]:
    """What has its own key, else a former one that nothing is known of."""
    unknown = [key for key in change.former if gate.entry(change.feed, key).version == 0]
    yield from (pks[key] for key in (change.key, *unknown) if key in pks)


def _strayed(feed: Feed, pks: dict[str, Any], known: dict[str, Any], gate: Gate) -> set[Any]:
    """Rows that a parent's rename carried to these keys, and that the ledger knows as others: news of their own will
    move them. Who waited for that in vain takes them."""
    unsure = set(pks.values()) - set(known.values())
    if not unsure or gate.mode is Mode.INSIST or all(len(part.chain) == 1 for part in shape_of(feed).key):
        return set()
    entries = ledger.of_pks(gate.using, feed.label, map(primary_keys.text, unsure))
    alive = {entry.object_pk for entry in entries if entry.version and not entry.tombstone}
    return {pk for pk in unsure if primary_keys.text(pk) in alive}
