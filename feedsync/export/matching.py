"""Rows and what the ledger knows of them: states in, each with the version that it may travel with.

The ledger is read before the rows (R24): content may be newer than its version, never older. A row that the
ledger doesn't know gets the genesis version and enters the ledger so (R26).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from feedsync import ledger, natural_keys, snapshot
from feedsync.export.lines import Former
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.snapshot import State


@dataclass(frozen=True, slots=True)
class Known:
    """A row, and its ledger entry, None where nothing is known of it. `left`: other keys that it is alive under, each
    with the least rank at which it may have been left."""

    state: State
    entry: Entry | None
    left: Former = field(default_factory=dict)


def match(feed: Feed, using: str, states: Sequence[State], entries: Iterable[Entry]) -> list[Known]:
    """`entries`: those of the rows' primary keys, read before the rows."""
    by_pk = _by_pk(entries)
    known = [_known(state, by_pk.get(state.pk_text, ())) for state in states]
    strangers = [item.state for item in known if item.entry is None]
    if not strangers:
        return known
    found = _by_key(feed, using, strangers)
    return [found.get(item.state.pk, item) for item in known]


def _by_pk(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    grouped: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.version and entry.object_pk is not None:
            grouped.setdefault(entry.object_pk, []).append(entry)
    return grouped


def _known(state: State, entries: Sequence[Entry]) -> Known:
    """The youngest of the entry under the row's own key and the living ones that the row had before it was re-keyed."""
    found = [entry for entry in entries if entry.key == state.key or not entry.tombstone]
    found.sort(key=lambda entry: entry.rank, reverse=True)
    left = {entry.key: (entry.version + 1, entry.origin) for entry in found if entry.key != state.key}
    return Known(state, next(iter(found), None), left)


def _by_key(feed: Feed, using: str, states: Sequence[State]) -> dict[object, Known]:
    """{pk: what the ledger knows under the row's key}, for rows with another pk than the ledger's, or re-created ones.

    Their rows were read before these entries, so they are read again (R24). What changed its key meanwhile stays
    unknown: genesis is never too new.
    """
    hashes = {natural_keys.digest(state.key): state for state in states}
    entries = {key_hash: entry for key_hash, entry in ledger.read(using, feed.label, hashes).items() if entry.version}
    again = snapshot.by_pks(feed, using, [hashes[key_hash].pk for key_hash in entries], measure=True) if entries else []
    by_key = {entry.key: entry for entry in entries.values()}
    return {state.pk: Known(state, by_key.get(state.key)) for state in again}
