"""Objects whose references would follow a row that gets another key, or goes, although they mean the key.

What refers to a renamed row follows it, which is right for what was said before the rename. An object whose state is
as young as the rename meant the key as it is from then on, and arrived early: it is put aside as a change of its own
version, and applied again when whoever has the key now is here. One that was made here is published as it is now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from consumers.apply.gate import Gate
from consumers.parking import Reason, Waiting
from feedsync import ledger, natural_keys, outbox, primary_keys, registry, snapshot
from feedsync.anyof import any_of
from feedsync.conf import settings
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.snapshot import State
from feedsync.wire.page import Change


def uproot(feed: Feed, leaving: Mapping[Any, int], keys: Collection[str], gate: Gate) -> None:
    """`leaving`: {primary key of a row that is about to leave its key: from which version on}. `keys`: those keys."""
    if not leaving:
        return
    for other in registry.feeds():
        for name in _referring(other, feed):
            found = _young(other, name, leaving, gate)
            own = [state.pk_text for state, entry in found if entry.origin == settings().environment]
            outbox.mark_anew(gate.using, other.label, own)
            foreign = [(state, entry) for state, entry in found if state.pk_text not in own]
            gate.uprooted += (
                _waiting(other, state, entry, (feed.label, _meant(state.fields[name], keys)))
                for state, entry in foreign
            )


def _referring(other: Feed, feed: Feed) -> list[str]:
    """Names of fields that refer to the feed."""
    shape = shape_of(other)
    references = [reference.name for reference in shape.references if reference.target is feed]
    return references + [many.name for many in shape.many if many.target is feed]


def _young(feed: Feed, name: str, leaving: Mapping[Any, int], gate: Gate) -> list[tuple[State, Entry]]:
    """Objects that refer to these rows and are as young as what happens to them."""
    query = snapshot.rows(feed, gate.using).filter(any_of(gate.using, f"{name}__pk", leaving))
    pks = set(primary_keys.read(query))
    known = ledger.of_pks(gate.using, feed.label, map(primary_keys.text, pks)) if pks else []
    young = {
        entry.object_pk: entry for entry in known if not entry.tombstone and entry.version >= min(leaving.values())
    }
    states = snapshot.by_pks(feed, gate.using, [pk for pk in pks if primary_keys.text(pk) in young]) if young else []
    pairs = [(state, young[state.pk_text]) for state in states]
    return [(state, entry) for state, entry in pairs if entry.key == state.key and entry.address not in gate.passed]


def _waiting(feed: Feed, state: State, entry: Entry, awaited: tuple[str, str]) -> Waiting:
    change = Change(feed=feed.label, key=state.key, version=entry.version, origin=entry.origin, fields=state.fields)
    return Waiting(change=change, reason=Reason.MISSING, feed=awaited[0], key=awaited[1])


def _meant(value: Any, keys: Collection[str]) -> str:
    """The key among those that are left that a reference, or a set of members, names."""
    named = (
        {natural_keys.text(value)} if value and not isinstance(value[0], list) else set(map(natural_keys.text, value))
    )
    return min(named & set(keys), default=min(keys))
