"""The messages that one subscription still owes its clients.

Messages come in; leased entries go out, each under a fresh ack id; acknowledgements, refusals, lapsed leases and
vanished clients come back. Every message is handed out until it is acknowledged. Plain Python: time comes from the
clock, `tick` is called at the time given to `ring_at`, takers are woken when something became deliverable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.clock import Clock
from emulator.faults import Faults
from emulator.pubsub.acknowledging import Failure, Settled
from emulator.pubsub.dispatch import Dispatch
from emulator.pubsub.lanes import Entry, Lane, State
from emulator.pubsub.leases import Leases
from emulator.pubsub.messages import Message
from emulator.pubsub.record import Event, What
from emulator.pubsub.rules import DeliveryRules, Room
from emulator.pubsub.shelf import Shelf
from emulator.pubsub.takers import Holder, Taker
from emulator.transforms.steps import TransformFailed

_CLEAN_EVERY_SECONDS = 60
_SECONDS_AFTER_A_FAILURE = 1.0  # of a transform, until the next attempt


class Backlog:
    """Waiting and leased messages of one subscription."""

    def __init__(
        self, rules: DeliveryRules, *, clock: Clock, faults: Faults | None = None, shelf: Shelf | None = None
    ) -> None:
        self.rules = rules
        self.when_empty: set[Callable[[], None]] = set()  # called when nothing is owed any more
        self.ring_at: Callable[[float], None] = lambda _: None
        self.dead_letter: Callable[[Message, int], bool] = lambda *_: False  # True: taken over
        self.transform: Callable[[Message], Message | None] | None = None  # None for a message: nobody gets it
        self.acknowledged: dict[int, Message] = {}  # {number: message}, only with keep_acknowledged
        self.record: list[Event] = []  # in the order of time, only with keep_acknowledged
        self._attempts: dict[int, int] = {}  # {number: deliveries before the process was started}
        self._shelf = shelf or Shelf()
        self.unacknowledged = self._shelf.owed  # {number: message}, oldest first
        self._clock = clock
        self._faults = faults or Faults()
        self._leases = Leases()
        self._settled = Settled()
        self._dispatch = Dispatch(clock=clock, faults=self._faults)
        self._dispatch.ring_at = self._ring_at
        self._dispatch.forget = self._leases.forget
        self._ready = self._dispatch.ready
        self._cleaned = float("-inf")

    @property
    def now(self) -> float:
        """The time on the backlog's clock."""
        return self._clock()

    @property
    def leased(self) -> int:
        """How many messages clients hold right now."""
        return self._leases.running

    def add(self, messages: list[Message]) -> None:
        """Take over what was published."""
        self._deliver(messages, self._shelf.add)

    def restore(self, owed: list[tuple[Message, int]], retained: list[Message]) -> None:
        """Go on where a process before ended: with messages and attempts at them."""
        self._attempts = {message.number: attempts for message, attempts in owed if attempts}
        self._shelf.restore_retained(retained)
        self._deliver([message for message, _ in owed], self._shelf.restore)

    def _deliver(self, messages: list[Message], take_over: Callable[[list[Message]], None]) -> None:
        was_empty = not self.unacknowledged
        take_over(messages)
        if was_empty:
            self._ring_for_the_oldest()
        self._dispatch.enqueue(messages, ordered=self.rules.ordered)
        self._announce()

    def change(self, rules: DeliveryRules) -> None:
        """Act on other settings from now on."""
        self.rules = rules
        self.tick()

    def take(self, room: Room, *, by: Taker | None = None, ack_seconds: float | None = None) -> list[Entry]:
        """Lease what is deliverable and fits. A stream holds it; others take it with them."""
        taken = self._take(room, by, ack_seconds)
        while self.transform is not None and taken:
            going = self._transformed(taken, self.transform)
            if going:
                return going
            taken = self._take(room, by, ack_seconds)
        return taken

    def wait(self, taker: Taker) -> None:
        """The taker has room and found nothing: wake it when there is something."""
        self._ready.wait(taker)

    def leave(self, taker: Taker) -> None:
        """The taker wants nothing more; what it holds stays leased."""
        self._ready.leave(taker)

    def acknowledge(self, ack_ids: Iterable[str]) -> dict[str, Failure]:
        """Forget messages for good. Return what failed; only with exactly-once delivery is that an error."""
        failed: dict[str, Failure] = {}
        for ack_id in ack_ids:
            entry = self._leases.get(ack_id)
            if entry is None:
                if ack_id not in self._settled:
                    failed[ack_id] = Failure.INVALID
            elif self.rules.exactly_once and self._faults.fails_ack():
                failed[ack_id] = Failure.TEMPORARY
            elif self.rules.exactly_once and entry.lane is not None and entry.lane.is_early(entry):
                failed[ack_id] = Failure.UNORDERED
            else:
                self._finish(entry)
                if self.rules.exactly_once:
                    self._settled.add(ack_id)
        self._announce()
        return failed

    def extend(self, ack_ids: Iterable[str], *, seconds: float) -> dict[str, Failure]:
        """Let leases end `seconds` from now; 0 gives the messages back. Return what failed, as `acknowledge` does."""
        until = self._clock() + seconds
        failed: dict[str, Failure] = {}
        for ack_id in ack_ids:
            entry = self._leases.get(ack_id)
            if entry is None or entry.state is not State.LEASED:
                failed[ack_id] = Failure.INVALID
            elif seconds == 0:
                self._leases.forget(entry)
                self._put_back(entry)
            else:
                self._leases.extend(entry, until=until)
        if seconds:
            self.ring_at(until)
        self._announce()
        return failed

    def release(self, holder: Holder) -> None:
        """A client vanished: what it held comes back at once, and counts as delivered. With exactly-once delivery it
        comes back when its lease ends: until then the client may return and acknowledge."""
        self._ready.leave(holder)
        for entry in reversed(list(holder.held.values())):
            if self.rules.exactly_once:
                entry.leave_holder()
            elif entry.holder is holder:
                self._put_back(entry, at_once=True)
        self._announce()

    def tick(self) -> None:
        """Do what is due: lapsed leases come back, delays end, old messages go."""
        now = self._clock()
        for entry in reversed(self._leases.lapsed(now)):
            if entry.state is State.LEASED:  # not taken along by a predecessor
                self._lapse(entry)
        self._dispatch.tick(now)
        self._expire(now)
        for first in (self._leases.first_end, self._dispatch.next_time):
            if first is not None:
                self.ring_at(first)
        self._announce()

    def known(self) -> list[Message]:
        """What is owed, and what was acknowledged and is retained."""
        self._expire(self._clock())
        return [*self._shelf.retained.values(), *self._shelf.owed.values()]

    def owe(self, messages: Iterable[Message]) -> None:
        """Seek: owe exactly these. What else was owed counts as acknowledged; all leases end."""
        owed = {each.number: each for each in sorted(messages, key=lambda each: each.number)}
        gone = {each.number: each for each in self.known() if each.number not in owed}
        self.drop()
        if self.rules.retain_acknowledged:
            self._shelf.retain(gone.values())
        if self.rules.keep_acknowledged:
            self.acknowledged = {key: each for key, each in {**self.acknowledged, **gone}.items() if key not in owed}
        self.add(list(owed.values()))

    def drop(self) -> None:
        """Forget everything that is owed, and all leases."""
        for memory in (self._leases, self._dispatch, self._attempts, self._shelf):
            memory.clear()

    def _take(self, room: Room, by: Taker | None, ack_seconds: float | None) -> list[Entry]:
        now = self._clock()
        until = now + (ack_seconds or self.rules.ack_seconds)
        holder = by if isinstance(by, Holder) else None
        taken = []
        for entry in self._dispatch.pick(room, by=by, oldest=now - self.rules.retention_seconds):
            self._lease(entry, until=until, holder=holder)
            taken.append(entry)
        if holder is not None and holder.full:
            self._ready.evict(holder)
        if taken:
            self.ring_at(until)
        self._announce()
        return taken

    def _transformed(self, taken: list[Entry], transform: Callable[[Message], Message | None]) -> list[Entry]:
        """What is delivered of it. What fails comes back a little later, with what follows in its lane."""
        going: list[Entry] = []
        stalled: set[Lane] = set()
        for entry in taken:
            if entry.lane is not None and entry.lane in stalled:
                continue
            try:
                delivered = transform(entry.message)
            except TransformFailed:
                self._leases.forget(entry)
                self._put_back(entry, at_least_seconds=_SECONDS_AFTER_A_FAILURE)
                if entry.lane is not None and entry.state is not State.DONE:  # as a dead letter it holds nobody up
                    stalled.add(entry.lane)
                continue
            if delivered is None:
                self._finish(entry)
            else:
                entry.delivered = delivered
                going.append(entry)
        self._announce()
        return going

    def _lease(self, entry: Entry, *, until: float, holder: Holder | None) -> None:
        if self._attempts:
            entry.attempts += self._attempts.pop(entry.message.number, 0)
        self._leases.grant(entry, until=until, holder=holder)
        self._note(What.DELIVERED, entry)
        if not entry.repeated and not self.rules.exactly_once and self._faults.repeats():
            self._dispatch.repeat(entry)

    def _finish(self, entry: Entry, *, what: What = What.ACKNOWLEDGED) -> None:
        self._note(what, entry)
        self._leases.forget(entry)
        message = self._shelf.settle(entry.message.number, retain=self.rules.retain_acknowledged)
        if message is not None and self.rules.keep_acknowledged:
            self.acknowledged[message.number] = message
        self._dispatch.finish(entry)

    def _lapse(self, entry: Entry) -> None:
        if entry.holder is not None:
            self._ready.evict(entry.holder)
        if entry.lane is not None:
            entry.lane.home = None
        if self.rules.exactly_once:
            self._leases.forget(entry)
        self._put_back(entry)

    def _put_back(self, entry: Entry, *, at_once: bool = False, at_least_seconds: float = 0.0) -> None:
        # The entry's own ack id may count until it is delivered again: a late acknowledgement is better than none.
        # Not so its followers': they must come after it once more.
        limit = self.rules.max_attempts
        if limit is not None and entry.attempts >= limit and self.dead_letter(entry.message, entry.attempts):
            self._finish(entry, what=What.DEAD_LETTERED)
            return
        self._note(What.RETURNED, entry)
        self._shelf.count(entry.message.number, entry.attempts)
        delay = 0.0 if at_once else max(self.rules.backoff(entry.attempts), at_least_seconds)
        for follower in self._dispatch.put_back(entry, after_seconds=delay):
            self._leases.forget(follower)

    def _ring_at(self, when: float) -> None:
        self.ring_at(when)

    def _note(self, what: What, entry: Entry) -> None:
        if self.rules.keep_acknowledged:
            event = Event(what=what, when=self._clock(), message=entry.message, attempt=entry.attempts)
            self.record.append(event)

    def _expire(self, now: float) -> None:
        oldest = now - self.rules.retention_seconds
        self._shelf.expire(oldest)
        if now - self._cleaned > _CLEAN_EVERY_SECONDS:
            self._dispatch.clean(oldest)
            self._cleaned = now
        self._ring_for_the_oldest()

    def _ring_for_the_oldest(self) -> None:
        # Deliveries are exact; memory may be given back a little later, many messages at a time.
        end = self._shelf.oldest + self.rules.retention_seconds
        if end < float("inf"):
            self.ring_at(max(end, self._cleaned + _CLEAN_EVERY_SECONDS) + 1)

    def _announce(self) -> None:
        self._shelf.flush()
        if not self.unacknowledged:
            for listener in tuple(self.when_empty):
                listener()
        self._ready.call()
