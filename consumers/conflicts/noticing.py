"""Which changes meet an edit of this environment that their author can't have seen.

In: a change that passed the gate, the local row, its unrelayed marks, and what the ledger knows. Out: both edits, where
there are two. Two ways to tell: an edit that isn't relayed yet nobody has seen; and a change names
the version that its author's edit was based on (`base`), so that one of ours above it was not seen either.
"""

from __future__ import annotations

from typing import NamedTuple

from consumers.apply.gate import Gate
from consumers.apply.pending import Pending
from feedsync import clock
from feedsync.conf import settings
from feedsync.ledger import Entry
from feedsync.snapshot import State
from feedsync.wire.page import Change


class Clash(NamedTuple):
    """Two edits of one object; the winner is in effect."""

    winner: Change
    loser: Change


def unseen(change: Change, entry: Entry) -> bool:
    """Whether the ledger's version is ours, and newer than what the change is based on."""
    ours = entry.version > 0 and entry.origin == settings().environment
    return ours and change.base is not None and change.base < entry.rank


def clash(change: Change, state: State | None, pending: Pending, gate: Gate, *, lost: bool) -> list[Clash]:
    """None or one. `lost`: the local edit is younger, so that the change has no effect."""
    if change.origin == settings().environment:
        return []  # one environment's edits come one after the other
    entry = gate.entry(change.feed, state.key if state else change.key)
    ours = _ours(change, state, entry, pending.version(change, state, gate), gate.using)
    if ours is None or change.rank == entry.rank or not differ(ours, change):
        return []
    return [Clash(ours, change) if lost else Clash(change, ours)]


def _ours(change: Change, state: State | None, entry: Entry, pending: int | None, using: str) -> Change | None:
    version = pending
    if version is None and unseen(change, entry) and (state is not None or entry.tombstone):
        # What was here before feedsync was nobody's edit.
        version = entry.version if entry.version > clock.read(using).genesis else None
    if version is None:
        return None
    return Change(
        feed=change.feed,
        key=state.key if state else change.key,
        version=version,
        origin=settings().environment,
        fields=state.fields if state else None,
        marked_at=clock.milliseconds(version),
    )


def differ(ours: Change, theirs: Change) -> bool:
    """In what both have."""
    if ours.fields is None or theirs.fields is None:
        return ours.deleted != theirs.deleted
    return any(ours.fields[name] != value for name, value in theirs.fields.items() if name in ours.fields)
