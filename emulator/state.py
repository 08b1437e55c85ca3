"""Everything that one emulator knows, and the alarms that wake it.

Must be used on the running loop only: the state has no locks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from emulator.call_faults import CallFaults
from emulator.clock import Clock, MovableClock
from emulator.faults import Faults
from emulator.journal import Journal, Oblivion
from emulator.memory import Trimmer
from emulator.pubsub.expiry import Expiry
from emulator.pubsub.snapshots import Snapshots
from emulator.pubsub.subscriptions import Subscription, Subscriptions
from emulator.pubsub.topics import Topics
from emulator.schemas.catalogue import Catalogue
from emulator.schemas.enforcement import Enforcement, disown
from emulator.tasks.queues import Queues
from emulator.transforms.admission import Transformation


class Alarm:
    """Calls a tick at the earliest time that it asked for."""

    def __init__(self, tick: Callable[[], None], clock: Clock) -> None:
        self._tick = tick
        self._clock = clock
        self._when = float("inf")
        self._handle: asyncio.TimerHandle | None = None

    def ring_at(self, when: float) -> None:
        """Ring then, unless it rings earlier anyway."""
        if when >= self._when:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._when = when
        delay = max(when - self._clock(), 0.001)
        self._handle = asyncio.get_running_loop().call_later(delay, self.ring)

    def ring(self) -> None:
        """Tick now; who ticks says when to ring again."""
        self.silence()
        self._tick()

    def silence(self) -> None:
        """Ring no more, until asked again."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle, self._when = None, float("inf")


class State:
    """Topics, subscriptions, snapshots, schemas, queues, faults and time."""

    def __init__(self, *, history: bool, journal: Journal | None = None) -> None:
        self.history = history
        self.journal = journal or Oblivion()
        self.clock = MovableClock()
        self.faults = Faults()
        self.call_faults = CallFaults()
        self.schemas = Catalogue(clock=self.clock, journal=journal)
        admissions = (Transformation(), Enforcement(self.schemas))
        self.topics = Topics(clock=self.clock, history=history, admissions=admissions, journal=journal)
        self.schemas.on_deleted = self._disown
        self.subscriptions = Subscriptions(self.topics, clock=self.clock, faults=self.faults, journal=journal)
        self.snapshots = Snapshots(self.topics, self.subscriptions, clock=self.clock, journal=journal)
        self.queues = Queues(clock=self.clock, journal=journal)
        self.when_advanced: list[Callable[[], None]] = []
        self.subscriptions.on_new = self._attach_alarm
        self.subscriptions.on_deleted = self._detach_alarm
        self._trimmer = Trimmer(lambda: self.topics.next_number)
        self._alarms: dict[str, Alarm] = {}  # {subscription: alarm}
        self._expiry = Expiry(self.subscriptions, self.snapshots, clock=self.clock)
        self._expiry_alarm = Alarm(self._expiry.tick, self.clock)
        self._expiry.ring_at = self._expiry_alarm.ring_at

    def advance(self, seconds: float) -> None:
        """Move the clock; what became due happens now."""
        self.clock.advance(seconds)
        for subscription in self.subscriptions.all():
            self._alarms[subscription.name].ring()
        self._expiry_alarm.ring()
        for listener in self.when_advanced:
            listener()

    def clear(self) -> None:
        """Forget everything that was created; streams end as if their subscription was deleted."""
        for subscription in self.subscriptions.all():
            self.subscriptions.delete(subscription.name)
        for topic in self.topics.all():
            self.topics.delete(topic.name)
        for snapshot in self.snapshots.all():
            self.snapshots.delete(snapshot.name)
        self.schemas.clear()
        self.queues.clear()

    def _disown(self, schema: str) -> None:
        disown(schema, [topic.shown for topic in self.topics.all()])
        for topic in self.topics.all():
            self.topics.changed(topic.name)

    def _attach_alarm(self, subscription: Subscription) -> None:
        alarm = Alarm(subscription.backlog.tick, self.clock)
        self._alarms[subscription.name] = alarm
        subscription.backlog.ring_at = alarm.ring_at
        subscription.backlog.when_empty.add(self._trimmer.emptied)

    def _detach_alarm(self, subscription: Subscription) -> None:
        self._alarms.pop(subscription.name).silence()
