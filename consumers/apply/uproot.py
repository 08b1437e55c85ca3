"""Objects whose references would follow a row that gets another key, or goes, although they mean the key.

What refers to a renamed row follows it, which is right for what was said before the rename. An object whose state is
as young as the rename meant the key as it is from then on, and arrived early: it is put aside as a change of its own
version, and applied again when whoever has the key now is here. One that was made here is published as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from django.db.models import Q

from consumers import parking
from consumers.apply import carried, identity
from consumers.apply.carried import Departures
from consumers.apply.gate import Gate, address
from consumers.parking import Reason, Waiting
from feedsync import ledger, natural_keys, outbox, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.conf import settings
from feedsync.ledger import Address, Entry
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.snapshot import State, hash_content
from feedsync.wire import json
from feedsync.wire.page import Change

Keys = Mapping[str, str | None]  # {key that is left: the row's next one, None where it goes}
Named = Callable[[Mapping[str, Any]], "set[str]"]  # keys of what registered values refer to


def uproot(feed: Feed, leaving: Departures, gate: Gate) -> None:
    """`leaving`: of rows that are about to leave their keys."""
    if not leaving:
        return
    _uproot_all(feed, leaving, gate)
    for other, moving in carried.along(feed, leaving, gate.using):
        _uproot_all(other, moving, gate)


def _uproot_all(feed: Feed, leaving: Departures, gate: Gate) -> None:
    keys = {departure.key: departure.following for departure in leaving.values()}
    renamed = any(keys.values())  # a parent may live on where its child's part goes
    parts = [feed, *identity.children_of(feed), *(identity.parents_of(feed) if renamed else ())]
    for other in registry.feeds():
        for part in parts:
            _uproot(other, part, leaving, keys, gate)


def _uproot(other: Feed, feed: Feed, leaving: Departures, keys: Keys, gate: Gate) -> None:
    for condition, named in _referring(other, feed, leaving, gate.using):
        young = _young(other, condition, leaving, gate)
        found = [(state, entry) for state, entry in young if not _meant_next(other, feed, state, entry, keys)]
        own = [state.pk_text for state, entry in found if entry.origin == settings().environment]
        outbox.mark_anew(gate.using, other.label, own)
        foreign = [(state, entry) for state, entry in found if state.pk_text not in own]
        for state, entry in foreign:
            awaited = (feed.label, _meant(named(state.fields), keys))
            gate.uprooted[entry.address] = _waiting(other, state, entry, awaited)
        gate.uprooted |= {address(item.change): item for item in _unaware(other, feed, leaving, named, gate)}


def _unaware(other: Feed, feed: Feed, leaving: Departures, named: Named, gate: Gate) -> Iterator[Waiting]:
    """Changes of this transaction that found a row at a key which it leaves now, and no change had said so: it is where
    a parent's rename had carried it."""
    since = {departure.key: departure.since for departure in leaving.values()}
    changes = [change for change in gate.passed.values() if not change.deleted]
    left = since.keys() - {change.key for change in changes if change.feed == feed.label}
    for change in changes if left else ():
        young = {key for key in left if since[key] <= change.version} if change.feed == other.label else set()
        for key in sorted(young & named(change.fields or {}))[:1]:
            yield Waiting(change=change, reason=Reason.MISSING, feed=feed.label, key=key)


def _referring(other: Feed, feed: Feed, pks: Collection[Any], using: str) -> Iterator[tuple[Any, Named]]:
    """Conditions of rows that refer to these of the feed, a relation each, and how a state names their keys."""
    shape = shape_of(other)
    names = [reference.name for reference in shape.references if reference.target is feed]
    for name in (*names, *(many.name for many in shape.many if many.target is feed)):
        yield any_of(using, f"{name}__pk", pks), partial(_keys_in, name)
    for generic in shape.generics:
        column = generic.object_id.name
        kind = generic.kind(feed.model_label)
        yield Q(**kind, **{f"{column}__in": list(generic.ids(pks).values())}), partial(_key_beside, column, feed.label)


def _keys_in(name: str, fields: Mapping[str, Any]) -> set[str]:
    """Of a reference, or of a set of members."""
    value = fields.get(name) or ()
    if value and not isinstance(value[0], list):
        return {natural_keys.text(value)}
    return set(map(natural_keys.text, value))


def _key_beside(column: str, label: str, fields: Mapping[str, Any]) -> set[str]:
    """The feed's label stands beside it."""
    value = fields.get(column)
    return {natural_keys.text(value[1])} if value and value[0] == label else set()


def _young(feed: Feed, condition: Any, leaving: Departures, gate: Gate) -> list[tuple[State, Entry]]:
    """Objects that refer to these rows and are as young as what happens to them."""
    query = snapshot.rows(feed, gate.using).filter(condition)
    pks = set(primary_keys.read(query))
    known = ledger.of_pks(gate.using, feed.label, map(primary_keys.text, pks)) if pks else []
    since = min(departure.since for departure in leaving.values())
    young = {entry.object_pk: entry for entry in known if not entry.tombstone and entry.version >= since}
    chosen = [pk for pk in pks if primary_keys.text(pk) in young]
    states = snapshot.by_pks(feed, gate.using, chosen, near=True) if chosen else []
    pairs = [(state, young[state.pk_text]) for state in states]
    pairs = [(state, entry) for state, entry in pairs if entry.key == state.key and entry.address not in gate.passed]
    done = _put_aside(pairs, gate)
    return [(state, entry) for state, entry in pairs if entry.address not in done]


def _put_aside(pairs: Iterable[tuple[State, Entry]], gate: Gate) -> set[Address]:
    """What waits in this version already: it reads as the rows that have moved since, and not as it was told."""
    ranks = {entry.address: entry.rank for _, entry in pairs}
    parked = parking.parked_at(gate.using, ranks.keys()) if ranks else []
    return {*gate.uprooted, *(address(change) for change in parked if change.rank == ranks[address(change)])}


def _meant_next(other: Feed, feed: Feed, state: State, entry: Entry, keys: Keys) -> bool:
    """Whether it was told with the rows' next keys: a parent's rename had carried a row away from its own."""
    following = {old: natural_keys.parse(new) for old, new in keys.items() if new is not None}
    if not entry.content_hash or not following:
        return False
    return hash_content(_named_anew(other, feed, state.fields, following)) == entry.content_hash


def _named_anew(
    other: Feed, feed: Feed, fields: Mapping[str, Any], following: Mapping[str, list[Any]]
) -> Mapping[str, Any]:
    """Registered values with other keys of the feed's objects, {present key: the one that follows}."""

    def anew(key: list[Any]) -> list[Any]:
        return following.get(natural_keys.text(key), key)

    shape = shape_of(other)
    references = [one.name for one in shape.references if one.target is feed and fields[one.name]]
    many = [one.name for one in shape.many if one.target is feed]
    columns = [one.object_id.name for one in shape.generics]
    generics = [name for name in columns if fields[name] and fields[name][0] == feed.label]
    return {
        **fields,
        **{name: anew(fields[name]) for name in references},
        **{name: sorted(map(anew, fields[name]), key=json.dumps) for name in many},
        **{name: [feed.label, anew(fields[name][1])] for name in generics},
    }


def _waiting(feed: Feed, state: State, entry: Entry, awaited: tuple[str, str]) -> Waiting:
    change = Change(feed=feed.label, key=state.key, version=entry.version, origin=entry.origin, fields=state.fields)
    return Waiting(change=change, reason=Reason.MISSING, feed=awaited[0], key=awaited[1])


def _meant(named: set[str], keys: Collection[str]) -> str:
    """The key among those that are left that is named."""
    return min(named & set(keys), default=min(keys))
