"""What a backlog delivers next: new messages, redeliveries and the lanes of ordering keys, some of them delayed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from emulator.clock import Clock
from emulator.faults import Faults
from emulator.pubsub.lanes import Entry, Lane, State
from emulator.pubsub.messages import Message
from emulator.pubsub.ready import Ready, Unit
from emulator.pubsub.rules import Room
from emulator.pubsub.takers import Taker
from emulator.timers import Timers


class Dispatch:
    """Puts deliveries in line; what was acknowledged meanwhile or is too old is passed over."""

    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self.ready = Ready()
        self.lanes: dict[str, Lane] = {}  # {ordering key: lane}
        self._clock = clock
        self._faults = faults
        self.ring_at: Callable[[float], None] = lambda _: None
        self.forget: Callable[[Entry], None] = lambda _: None  # called for each delivery that was passed over
        self._delayed: Timers[Unit] = Timers(lambda _: True)

    @property
    def next_time(self) -> float | None:
        """When the first delay ends."""
        return self._delayed.first

    def enqueue(self, messages: list[Message], *, ordered: bool) -> None:
        """New messages; ordered ones with a key wait for their predecessors."""
        if not ordered and not self._faults.delaying:
            self.ready.extend(messages)
            return
        for message in messages:
            if ordered and message.ordering_key:
                self._follow(message)
            else:
                self._put(message, after_seconds=self._faults.delay())

    def pick(self, room: Room, *, by: Taker | None, oldest: float) -> Iterator[Entry]:
        """Take out what this taker gets now, each filling the room."""
        for queue, share in self.ready.queues(by):
            left = share
            while queue and room.left and left > 0:
                left -= 1
                unit = queue.popleft()
                of = self._of_lane(unit, room, oldest) if isinstance(unit, Lane) else self._single(unit, room, oldest)
                fitted = yield from of
                if not fitted:
                    queue.appendleft(unit)
                    break

    def put_back(self, entry: Entry, *, after_seconds: float) -> list[Entry]:
        """The entry goes out again, with its followers of the same key; return those."""
        delay = after_seconds or self._faults.delay()
        if entry.lane is None:
            entry.let_go(State.WAITING)
            self._put(entry, after_seconds=delay, first=True)
            return []
        followers = entry.lane.retreat(entry)
        self._queue(entry.lane, after_seconds=delay, first=True)
        return followers

    def finish(self, entry: Entry) -> None:
        """The entry needs no further delivery."""
        if entry.lane is None:
            entry.let_go(State.DONE)
        else:
            entry.lane.finish(entry)
            self._settle(entry.lane)

    def repeat(self, entry: Entry) -> None:
        """A fault: deliver it once more; of an ordering key, the whole batch."""
        if entry.lane is None:
            self._put(Entry(entry.message, repeated=True), after_seconds=self._faults.delay())
        else:
            entry.repeated = entry.lane.replay = True

    def tick(self, now: float) -> None:
        """Delays end."""
        for unit in self._delayed.due(now):
            self.ready.put(unit)

    def clean(self, oldest: float) -> None:
        """Let go of messages that are too old, whether anybody takes them or not."""
        self.ready.clean(oldest)
        for lane in list(self.lanes.values()):
            while lane.waiting and self._passed(lane.waiting[0], oldest):
                lane.waiting.popleft()

    def clear(self) -> None:
        """There is nothing to deliver."""
        for memory in (self.ready, self.lanes, self._delayed):
            memory.clear()

    # These two return whether the room was large enough for something.

    def _single(self, unit: Message | Entry, room: Room, oldest: float) -> Generator[Entry, None, bool]:
        entry = unit if isinstance(unit, Entry) else Entry(unit)
        if self._passed(entry, oldest):
            return True
        if not room.fits(entry.message.size):
            return False
        room.fill(entry.message.size)
        yield entry
        return True

    def _of_lane(self, lane: Lane, room: Room, oldest: float) -> Generator[Entry, None, bool]:
        while lane.waiting:
            entry = lane.waiting[0]
            if self._passed(entry, oldest):
                lane.waiting.popleft()
                continue
            if not room.fits(entry.message.size):
                break
            room.fill(entry.message.size)
            lane.hand_out()
            yield entry
        if lane.deliverable:
            return False
        lane.queued = False
        self._settle(lane)
        return True

    def _passed(self, entry: Entry, oldest: float) -> bool:
        passed = entry.state is State.DONE or entry.message.publish_time < oldest
        if passed:
            entry.state = State.DONE
            self.forget(entry)
        return passed

    def _follow(self, message: Message) -> None:
        lane = self.lanes.get(message.ordering_key)
        if lane is None:
            lane = self.lanes[message.ordering_key] = Lane(message.ordering_key)
        lane.waiting.append(Entry(message, lane))
        self._queue(lane, after_seconds=self._faults.delay())

    def _settle(self, lane: Lane) -> None:
        self._queue(lane, after_seconds=self._faults.delay())
        if lane.unfinished == 0 and not lane.waiting:
            self.lanes.pop(lane.key, None)

    def _queue(self, lane: Lane, *, after_seconds: float, first: bool = False) -> None:
        if not lane.queued and lane.deliverable:
            lane.queued = True
            self._put(lane, after_seconds=after_seconds, first=first)

    def _put(self, unit: Unit, *, after_seconds: float, first: bool = False) -> None:
        if after_seconds:
            when = self._clock() + after_seconds
            self._delayed.add(when, unit)
            self.ring_at(when)
        else:
            self.ready.put(unit, first=first)
