"""Removal of objects that the source doesn't have (P5): keys of one feed in, what went and what had to stay out.

It goes through the same deletion as a change, and differs in three things. The ledger keeps the version: an older
change doesn't bring the object back, a newer one does. No other environment is told, neither by the feed nor by our own
export. And what can't be removed simply stays: nothing is parked, nothing is dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError, connections, transaction
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from consumers.apply import delete, locate, notify
from consumers.apply.delete import Deletions
from consumers.apply.faults import deadlocked
from consumers.apply.gate import Gate
from consumers.apply.outcome import Mode
from consumers.apply.plan import lock_rows
from consumers.apply.resolve import Resolver
from consumers.mirror import standing
from consumers.mirror.standing import Ranks
from feedsync import ledger
from feedsync.errors import PermanentError, TransientError
from feedsync.ledger import Entry
from feedsync.registry import Feed
from feedsync.wire.page import Change


class Needed(PermanentError):
    """Something that is alive refers to the object."""


@dataclass(frozen=True, slots=True)
class Removed:
    """`done`: keys; `gone`: of rows that weren't here any more. `kept`, `blocked`: {key: why}; what is blocked may go
    when what depends on it has gone."""

    done: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)


Then = Callable[[Removed], None]


def remove(feed: Feed, absent: Ranks, *, before: int, then: Then) -> None:
    """`absent`: what each had when the source was asked. `before`: an object with this version or a younger one stays.
    `then` is told of a transaction at its end."""
    try:
        _patiently(lambda: _remove(feed, absent, before, then))
    except (OperationalError, InterfaceError, TransientError):
        raise
    except Exception as error:  # noqa: BLE001 - a constraint, or a user's handler: the others must not suffer from it
        keys = list(absent)
        middle = len(keys) // 2
        if not middle:
            then(Removed(blocked={keys[0]: str(error)[:1000]}))
            return
        for half in (keys[:middle], keys[middle:]):
            remove(feed, {key: absent[key] for key in half}, before=before, then=then)


def _patiently(attempt: Callable[[], None]) -> None:
    wait = wait_random_exponential(0.01, 1)
    Retrying(retry=retry_if_exception(deadlocked), stop=stop_after_attempt(8), wait=wait, reraise=True)(attempt)


def _remove(feed: Feed, absent: Ranks, before: int, then: Then) -> None:
    using = feed.alias
    with transaction.atomic(using=using):
        gate, resolver = Gate(using, Mode.PULL), Resolver(using)
        entries = _locked(feed, absent)
        rows = locate.rows_of(feed, using, set(absent), resolver.values)
        lock_rows(feed, using, sorted(rows.values(), key=str))
        kept = standing.reasons(feed, using, rows, entries, before) | standing.changed(absent, entries)
        free = {key: pk for key, pk in rows.items() if key not in kept}
        result = _delete(feed, [_deletion(entries[key]) for key in free], resolver, gate, free)
        ledger.put(using, [_absent(change) for change in result.done if change.version])
        notify.applied(using, result.done)
        kept |= {change.key: standing.MARKED for change in result.lost}
        blocked = {item.change.key: f"{item.feed} {item.key} depends on it" for item in result.waiting}
        if connections[using].vendor == "postgresql":
            connections[using].check_constraints()  # here, and not at the commit (R21)
        done = [change.key for change in result.done]
        then(Removed(done=done, gone=[key for key in absent if key not in rows], kept=kept, blocked=blocked))


def _locked(feed: Feed, keys: Iterable[str]) -> dict[str, Entry]:
    """{key: entry}, of each key: whoever applies a change to the object waits (R15)."""
    claimed = ledger.claim(feed.alias, [Entry.of(feed.label, key) for key in keys])
    return {entry.key: entry for entry in claimed.values()}


def _delete(
    feed: Feed, changes: Sequence[Change], resolver: Resolver, gate: Gate, rows: Mapping[str, Any]
) -> Deletions:
    if not changes:
        return Deletions()
    gate.admit(changes)
    result = delete.delete(feed, changes, resolver, gate, {feed.label: set(rows.values())})
    if gate.uprooted:
        change = next(iter(gate.uprooted.values())).change
        raise Needed(f"{change.feed} {change.key} refers to it")
    return result


def _deletion(entry: Entry) -> Change:
    """At the version that the object has."""
    return Change(feed=entry.feed, key=entry.key, version=entry.version, origin=entry.origin, fields=None)


def _absent(change: Change) -> Entry:
    """No tombstone, which an export would pass on: the version stays, and that there is no row."""
    return Entry.of(change.feed, change.key, version=change.version, origin=change.origin)
