"""Subscriptions that nobody uses and snapshots that are too old go by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from emulator.clock import Clock
from emulator.pubsub.snapshots import Snapshots
from emulator.pubsub.subscriptions import Subscriptions
from emulator.timers import Timers


class Mortal(Protocol):
    """A subscription or a snapshot."""

    name: str
    deleted: bool

    def ends(self, now: float) -> float | None:
        """When it goes if nobody uses it any more; None for never."""


class Expiry:
    """Deletes what is due; `tick` is called at the time given to `ring_at`."""

    def __init__(self, subscriptions: Subscriptions, snapshots: Snapshots, *, clock: Clock) -> None:
        self._clock = clock
        self._timers: Timers[tuple[Mortal, Callable[[str], None]]] = Timers(lambda item: not item[0].deleted)
        self.ring_at: Callable[[float], None] = lambda _: None
        subscriptions.on_change = lambda subscription: self._watch(subscription, subscriptions.delete)
        snapshots.on_change = lambda snapshot: self._watch(snapshot, snapshots.delete)

    def tick(self) -> None:
        """Delete what is due. Use puts the end of a subscription off without a word, so others are looked at again."""
        now = self._clock()
        for mortal, delete in list(self._timers.due(now)):
            if mortal.deleted:
                continue
            end = mortal.ends(now)
            if end is not None and end <= now:
                delete(mortal.name)
            else:
                self._watch(mortal, delete)
        if self._timers.first is not None:
            self.ring_at(self._timers.first)

    def _watch(self, mortal: Mortal, delete: Callable[[str], None]) -> None:
        end = mortal.ends(self._clock())
        if end is not None:
            self._timers.add(end, (mortal, delete))
            self.ring_at(end)
