"""Second step: the state of the marked objects, read after the reservation was committed (R8), in autocommit.

In: a `Reservation`. Out: a `View`: rows by primary key and by natural key, and everything that the ledger knows of
those keys. What the ledger says is always older than the rows that are compared with it: where a row turns out to
have a key with a ledger row that wasn't read before, the rows are read again (R10). A row that can't be read is
poison, and alone in it (R13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db import Error as DatabaseTrouble

from feedsync import ledger, natural_keys, registry, snapshot
from feedsync.errors import FeedsyncError, TransientError
from feedsync.ledger import Address, Entry
from feedsync.registry import Feed
from feedsync.relay.reservation import Marked, Name, Reservation
from feedsync.shape import shape_of
from feedsync.snapshot import State

READINGS = 5


@dataclass(slots=True)
class View:
    """`rows`: of the marked primary keys. `holders`: what row carries a key. `poison`: {name: why it can't be read}."""

    entries: dict[Address, Entry]
    rows: dict[Name, State] = field(default_factory=dict)
    holders: dict[Address, State] = field(default_factory=dict)
    poison: dict[Name, str] = field(default_factory=dict)
    forwards: dict[Address, list[Entry]] = field(default_factory=dict)  # {where they lead: forwarding tombstones}
    living: dict[Name, list[Entry]] = field(init=False)  # keys that a row was published under, youngest first

    def __post_init__(self) -> None:
        self.living = {}
        for entry in sorted(self.entries.values(), key=lambda entry: entry.rank, reverse=True):
            if entry.object_pk is not None:
                self.living.setdefault((entry.feed, entry.object_pk), []).append(entry)

    def old_keys(self, marked: Marked) -> set[str]:
        """Keys that the object had, by its deletion marks and by the ledger, and that its row doesn't have now."""
        row = self.rows.get(marked.name)
        known = {entry.key for entry in self.living.get(marked.name, ())} | marked.deleted_keys
        return known - {row.key} if row else known


def read(using: str, reservation: Reservation) -> View:
    """The view of a reservation's objects."""
    entries = dict(reservation.entries)
    for _ in range(READINGS):
        view = _read_rows(using, reservation, entries)
        unexpected = _unexpected(using, view)
        if not unexpected:
            _read_forwards(using, view)
            return view
        entries |= unexpected
    raise TransientError("The rows changed their keys all the time while they were read.")


def address(feed: str, key: str) -> Address:
    return (feed, natural_keys.digest(key))


def _read_rows(using: str, reservation: Reservation, entries: dict[Address, Entry]) -> View:
    view = View(entries=entries)
    for label, marked in _by_feed(reservation.marked).items():
        feed = registry.get(label)
        rows, poison = readable(partial(by_names, feed, using), [one.object_pk for one in marked])
        view.poison |= {(label, name): reason for name, reason in poison.items()}
        view.rows |= {(label, state.pk_text): state for state in rows}
        _hold(view, label, rows)
        _read_holders(using, view, feed, [one for one in marked if one.name not in view.poison])
    return view


def _read_holders(using: str, view: View, feed: Feed, marked: list[Marked]) -> None:
    """Who carries the keys that the marked objects had: "gone" is decided by key (R11)."""
    owners: dict[str, list[Marked]] = {}
    for one in marked:
        for key in view.old_keys(one):
            if address(feed.label, key) not in view.holders:
                owners.setdefault(key, []).append(one)
    states, poison = readable(partial(snapshot.by_keys, feed, using, measure=True), sorted(owners))
    _hold(view, feed.label, states)
    for key, reason in poison.items():
        view.poison |= {one.name: reason for one in owners[key]}


def _hold(view: View, label: str, states: Iterable[State]) -> None:
    """Of two rows with one key, which no constraint forbids, the one that stands first by primary key holds it."""
    for state in states:
        place = address(label, state.key)
        holder = view.holders.get(place)
        if holder is None or state.pk_text < holder.pk_text:
            view.holders[place] = state


def by_names(feed: Feed, using: str, names: list[str]) -> list[State]:
    """The rows that have these primary keys, as text."""
    values = [value for name in names for value in pk_values(feed, name)]
    return snapshot.by_pks(feed, using, values, measure=True) if values else []


def pk_values(feed: Feed, name: str) -> Iterator[Any]:
    """Nothing for a text that is no primary key of the model: no row has it."""
    try:
        yield shape_of(feed).pk_value(name)
    except ValidationError:
        return


def readable(read: Callable[[list[str]], list[State]], names: list[str]) -> tuple[list[State], dict[str, str]]:
    """States, and {name: reason} of those that can't be read, found by halving."""
    if not names:
        return [], {}
    try:
        return read(names), {}
    except Exception as error:  # a field of the user's model may raise anything (R13)
        if isinstance(error, FeedsyncError | DatabaseTrouble) and not isinstance(error, DataError):
            raise
        if len(names) == 1:
            return [], {names[0]: f"It can't be read: {error!r}"}
    middle = len(names) // 2
    left, right = readable(read, names[:middle]), readable(read, names[middle:])
    return left[0] + right[0], left[1] | right[1]


def _unexpected(using: str, view: View) -> dict[Address, Entry]:
    """Ledger rows of keys that the rows have and that weren't read before the rows."""
    missing: dict[str, list[str]] = {}
    for label, key_hash in view.holders.keys() - view.entries.keys():
        missing.setdefault(label, []).append(key_hash)
    found = [ledger.read(using, label, sorted(hashes)).values() for label, hashes in missing.items()]
    return {entry.address: entry for entry in chain.from_iterable(found)}


def _read_forwards(using: str, view: View) -> None:
    """Former keys of everything that is seen, and of the keys that are about to be left (P3)."""
    places: dict[str, set[str]] = {}
    for label, key_hash in [*view.holders, *view.entries]:
        places.setdefault(label, set()).add(key_hash)
    for label, hashes in places.items():
        for entry in ledger.forwards(using, label, sorted(hashes)):
            view.forwards.setdefault((label, entry.successor), []).append(entry)
            view.entries.setdefault(entry.address, entry)


def _by_feed(marked: Iterable[Marked]) -> dict[str, list[Marked]]:
    return snapshot.group_by_feed((one.feed, one) for one in marked)
