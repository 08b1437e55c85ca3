"""Rows that can't be read or encoded: found one by one, kept as dead changes of the source, and the rest goes on (R13).

In: what a chunk is to hold. Out: the states that can be read; those that can't are in `Poison`, with their reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError

from feedsync import primary_keys, snapshot
from feedsync.contract import Identity
from feedsync.errors import TransientError
from feedsync.registry import Feed
from feedsync.relay import dead
from feedsync.relay.dead import Dead
from feedsync.snapshot import State


@dataclass(frozen=True, slots=True)
class Poison:
    """`reasons`: {primary key text: what its row raised}."""

    feed: Feed
    reasons: dict[str, str] = field(default_factory=dict)

    def add(self, pk: Any, error: Exception) -> None:
        self.reasons[primary_keys.text(pk)] = f"{type(error).__name__}: {error}"[:1000]

    def bury(self, identity: Identity) -> int:
        """Where a person will see them; answers how many they are."""
        label, version = self.feed.label, identity.genesis
        found = [
            Dead(feed=label, object_pk=pk, key="", version=version, reason=reason)
            for pk, reason in self.reasons.items()
        ]
        if found:
            dead.put(self.feed.alias, found)
        return len(found)


def read(whole: Callable[[], list[State]], pks: Sequence[Any], poison: Poison) -> list[State]:
    """All at once; where that fails, by halves until the culprit is alone."""
    try:
        return whole()
    except (DatabaseError, TransientError):
        raise
    except Exception:  # noqa: BLE001 - whatever a field or a value raises; the halves tell whose it is
        return _halved(pks, poison)


def _halved(pks: Sequence[Any], poison: Poison) -> list[State]:
    middle = len(pks) // 2
    if middle:
        return _part(pks[:middle], poison) + _part(pks[middle:], poison)
    return _part(pks, poison)


def _part(pks: Sequence[Any], poison: Poison) -> list[State]:
    try:
        return snapshot.by_pks(poison.feed, poison.feed.alias, pks, measure=True)
    except (DatabaseError, TransientError):
        raise
    except Exception as error:  # noqa: BLE001 - as above
        if len(pks) > 1:
            return _halved(pks, poison)
        poison.add(pks[0], error)
        return []
