"""The messages that one subscription still owes its clients.

Messages come in; leased entries go out, each under a fresh ack id; acknowledgements, refusals, lapsed leases and
vanished clients come back. Every message is handed out until it is acknowledged. Plain Python: time comes from the
clock, `tick` is called at the time given to `ring_at`, listeners are called when something became deliverable.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

from emulator.clock import Clock
from emulator.faults import Faults
from emulator.pubsub.lanes import Entry, Holder, Lane, State
from emulator.pubsub.messages import Message
from emulator.timers import Timers


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRules:
    """What a subscription's settings mean for delivery."""

    ordered: bool = False
    ack_seconds: float = 10
    retention_seconds: float = 7 * 86_400
    backoff_seconds: tuple[float, float] | None = None  # (shortest, longest) wait before a redelivery
    max_attempts: int | None = None  # then the message is offered to `dead_letter`
    keep_acknowledged: bool = False


@dataclass(slots=True, kw_only=True)
class Room:
    """How much one hand-out may carry; a message alone may go over the bytes, so that none is too large for ever."""

    messages: int
    # Official clients accept 4 MiB from an emulator.
    bytes: int = 3_500_000
    used: bool = False

    @property
    def left(self) -> bool:
        """Whether another message may come along."""
        return self.messages > 0 and self.bytes > 0

    def fits(self, size: int) -> bool:
        """Whether this one may."""
        return self.left and (size <= self.bytes or not self.used)

    def fill(self, size: int) -> None:
        """A message of this size comes along."""
        self.messages -= 1
        self.bytes -= size
        self.used = True


class Backlog:
    """Waiting and leased messages of one subscription."""

    def __init__(self, rules: DeliveryRules, *, clock: Clock, faults: Faults | None = None) -> None:
        self.rules = rules
        self.listeners: set[Callable[[], None]] = set()
        self.when_empty: set[Callable[[], None]] = set()  # called when nothing is owed any more
        self.ring_at: Callable[[float], None] = lambda _: None
        self.dead_letter: Callable[[Message, int], bool] = lambda *_: False  # True: taken over
        self.unacknowledged: dict[str, Message] = {}  # {message id: message}
        self.acknowledged: dict[str, Message] = {}  # {message id: message}, only with keep_acknowledged
        self._clock = clock
        self._faults = faults or Faults()
        self._ready: deque[Lane] = deque()
        self._lanes: dict[str, Lane] = {}  # {ordering key: lane}
        self._entries: dict[str, Entry] = {}  # {ack id that still counts: entry}
        self._leases: Timers[tuple[str, float]] = Timers(self._is_running)
        self._delayed: Timers[Lane] = Timers(lambda _: True)
        self._ack_numbers = count(1)

    def add(self, messages: Iterable[Message]) -> None:
        """Take over what was published."""
        for message in messages:
            self.unacknowledged[message.message_id] = message
            lane = self._lane(message.ordering_key)
            lane.waiting.append(Entry(message, lane))
            self._queue(lane, after_seconds=0)
        self._announce()

    def take(self, room: Room, *, holder: Holder | None = None, ack_seconds: float | None = None) -> list[Entry]:
        """Lease what is deliverable and fits."""
        now = self._clock()
        until = now + (ack_seconds or self.rules.ack_seconds)
        taken: list[Entry] = []
        while self._ready and room.left:
            lane = self._ready[0]
            while (entry := self._next(lane, now)) is not None and room.fits(entry.message.size):
                self._lease(entry, until=until, holder=holder)
                room.fill(entry.message.size)
                taken.append(entry)
            if lane.batch or entry is None:
                self._ready.popleft()
                lane.queued = False
                self._settle(lane)
            else:
                break
        if taken:
            self.ring_at(until)
        return taken

    def acknowledge(self, ack_ids: Iterable[str]) -> None:
        """Forget messages for good. Unknown and outdated ids are passed over, as in the cloud."""
        for ack_id in ack_ids:
            entry = self._entries.pop(ack_id, None)
            if entry is not None:
                self._finish(entry)
        if not self.unacknowledged:
            for listener in tuple(self.when_empty):
                listener()
        self._announce()

    def extend(self, ack_ids: Iterable[str], *, seconds: float) -> None:
        """Let leases end `seconds` from now; 0 gives the messages back."""
        until = self._clock() + seconds
        for ack_id in ack_ids:
            entry = self._entries.get(ack_id)
            if entry is None or entry.state is not State.LEASED:
                continue
            if seconds == 0:
                del self._entries[ack_id]
                self._put_back(entry)
            else:
                entry.lease_until = until
                self._leases.add(until, (ack_id, until))
        if seconds:
            self.ring_at(until)
        self._announce()

    def release(self, holder: Holder) -> None:
        """Everything that a vanished client held is deliverable at once."""
        for entry in list(self._entries.values()):
            if entry.holder is holder:
                self._retreat(entry, after_seconds=0)
        self._announce()

    def tick(self) -> None:
        """Do what is due: lapsed leases come back, delays end."""
        now = self._clock()
        for ack_id, until in self._leases.due(now):
            if self._is_running((ack_id, until)):
                self._put_back(self._entries[ack_id])
        for lane in self._delayed.due(now):
            lane.queued = False
            self._queue(lane, after_seconds=0, held_back=True)
        for first in (self._leases.first, self._delayed.first):
            if first is not None:
                self.ring_at(first)
        self._announce()

    def replay(self, since: float) -> None:
        """Seek: owe exactly what was published since then, as far as it is kept."""
        known = {**self.acknowledged, **self.unacknowledged}
        self.drop()
        owed = [message for message in known.values() if message.publish_time >= since]
        if self.rules.keep_acknowledged:
            self.acknowledged = {key: message for key, message in known.items() if message.publish_time < since}
        self.add(sorted(owed, key=lambda message: int(message.message_id)))

    def drop(self) -> None:
        """Forget everything that is owed, and all leases."""
        for entry in self._entries.values():
            entry.let_go(State.DONE)
        for memory in (self._ready, self._lanes, self._entries, self._leases, self._delayed, self.unacknowledged):
            memory.clear()

    def _lane(self, key: str) -> Lane:
        if not key or not self.rules.ordered:
            return Lane("")
        if key not in self._lanes:
            self._lanes[key] = Lane(key)
        return self._lanes[key]

    def _next(self, lane: Lane, now: float) -> Entry | None:
        oldest = now - self.rules.retention_seconds
        while (entry := lane.next) is not None and entry.message.publish_time < oldest:
            self.unacknowledged.pop(entry.message.message_id, None)
            entry.let_go(State.DONE)
        return entry

    def _lease(self, entry: Entry, *, until: float, holder: Holder | None) -> None:
        self._entries.pop(entry.ack_id, None)  # from now on only the new ack id counts
        ack_id = f"{next(self._ack_numbers):x}-{entry.message.message_id}"
        entry.lane.hand_out()
        entry.lease(ack_id, until=until, holder=holder)
        self._entries[ack_id] = entry
        self._leases.add(until, (ack_id, until))
        if not entry.repeated and self._faults.repeats():
            self._repeat(entry)

    def _repeat(self, entry: Entry) -> None:
        if entry.lane.key:
            entry.repeated = entry.lane.replay = True
            return
        copy = Lane("")
        copy.waiting.append(Entry(entry.message, copy, repeated=True))
        self._queue(copy, after_seconds=0)

    def _finish(self, entry: Entry) -> None:
        message = entry.message
        if self.unacknowledged.pop(message.message_id, None) and self.rules.keep_acknowledged:
            self.acknowledged[message.message_id] = message
        entry.lane.finish(entry)
        self._settle(entry.lane)

    def _put_back(self, entry: Entry) -> None:
        limit = self.rules.max_attempts
        if limit is not None and entry.attempts >= limit and self.dead_letter(entry.message, entry.attempts):
            self._entries.pop(entry.ack_id, None)
            self._finish(entry)
            return
        delay = 0.0
        if self.rules.backoff_seconds is not None:
            shortest, longest = self.rules.backoff_seconds
            delay = min(longest, shortest * 2 ** min(entry.attempts - 1, 30))
        self._retreat(entry, after_seconds=delay)

    def _retreat(self, entry: Entry, *, after_seconds: float) -> None:
        # The entry's own ack id still counts until it is delivered again: a late acknowledgement is better than none.
        # Not so its followers': they must come after it once more.
        for follower in entry.lane.retreat(entry):
            self._entries.pop(follower.ack_id, None)
        self._queue(entry.lane, after_seconds=after_seconds, first=True)

    def _settle(self, lane: Lane) -> None:
        self._queue(lane, after_seconds=0)
        if lane.key and lane.unfinished == 0 and not lane.waiting:
            self._lanes.pop(lane.key, None)

    def _queue(self, lane: Lane, *, after_seconds: float, first: bool = False, held_back: bool = False) -> None:
        if lane.queued or not lane.deliverable:
            return
        lane.queued = True
        delay = after_seconds or (0 if held_back else self._faults.delay())
        if delay:
            when = self._clock() + delay
            self._delayed.add(when, lane)
            self.ring_at(when)
        elif first:
            self._ready.appendleft(lane)
        else:
            self._ready.append(lane)

    def _is_running(self, lease: tuple[str, float]) -> bool:
        ack_id, until = lease
        entry = self._entries.get(ack_id)
        return entry is not None and entry.state is State.LEASED and entry.lease_until == until

    def _announce(self) -> None:
        if self._ready:
            for listener in tuple(self.listeners):
                listener()
