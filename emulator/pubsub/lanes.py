"""Deliveries, and lanes: the messages of an ordering key, which go out in order, one batch at a time.

A batch is what was handed out and is not yet acknowledged as a whole; until then nothing else of the lane goes out.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto

from emulator.pubsub.messages import Message
from emulator.pubsub.takers import Holder


class State(Enum):
    """Where a delivery stands."""

    WAITING = auto()
    LEASED = auto()
    DONE = auto()


class Entry:
    """A message on its way to one subscription."""

    __slots__ = ("ack_id", "attempts", "delivered", "holder", "lane", "lease_until", "message", "repeated", "state")

    def __init__(self, message: Message, lane: Lane | None = None, *, repeated: bool = False) -> None:
        self.message = message
        self.delivered = message  # what clients get: the message as the subscription's transforms return it
        self.lane = lane
        self.repeated = repeated  # a delivery that only a fault asked for; it is not repeated again
        self.state = State.WAITING
        self.attempts = 0  # deliveries, without those that only a predecessor's redelivery caused
        self.ack_id = ""
        self.holder: Holder | None = None
        self.lease_until = 0.0

    def lease(self, ack_id: str, *, until: float, holder: Holder | None) -> None:
        """Hand out under a fresh ack id."""
        self.state = State.LEASED
        self.ack_id = ack_id
        self.attempts += 1
        self.lease_until = until
        self.holder = holder
        if holder is not None:
            holder.hold(self)

    def leave_holder(self) -> None:
        """Count for no stream any more; the lease runs on."""
        holder, self.holder = self.holder, None
        if holder is not None:
            holder.drop(self)

    def let_go(self, state: State) -> None:
        """Leave the lease, if there is one, for the given state."""
        self.state = state
        self.leave_holder()


class Lane:
    """Waiting entries of an ordering key and the batch that is out."""

    __slots__ = ("batch", "home", "key", "queued", "replay", "unfinished", "waiting")

    def __init__(self, key: str) -> None:
        self.key = key
        self.waiting: deque[Entry] = deque()
        self.batch: list[Entry] = []
        self.unfinished = 0  # leased entries of the batch
        self.queued = False  # the backlog will look at it again by itself
        self.replay = False  # a fault: the batch goes out once more when it is acknowledged
        self.home: Holder | None = None  # the stream that had the last batch gets the next

    @property
    def deliverable(self) -> bool:
        """Whether the next batch may go out."""
        return self.unfinished == 0 and bool(self.waiting)

    def hand_out(self) -> None:
        """Move the next entry to the batch."""
        self.batch.append(self.waiting.popleft())
        self.unfinished += 1

    def is_early(self, entry: Entry) -> bool:
        """Whether something before this entry of the batch is still unfinished."""
        for each in self.batch:
            if each is entry:
                return False
            if each.state is State.LEASED:
                return True
        return False

    def finish(self, entry: Entry) -> None:
        """The entry needs no further delivery; the batch is over with its last one."""
        leased = entry.state is State.LEASED
        entry.let_go(State.DONE)
        if leased:
            self._one_less()

    def retreat(self, entry: Entry) -> list[Entry]:
        """Put a leased entry back, with all that followed it in the batch: order is kept by delivering those again,
        acknowledged or not, as the cloud does. Return the followers."""
        place = self.batch.index(entry)
        back = self.batch[place:]
        del self.batch[place:]
        for each in reversed(back):
            leased = each.state is State.LEASED
            each.let_go(State.WAITING)
            self.waiting.appendleft(each)
            if leased:
                self._one_less()
        for follower in back[1:]:
            follower.attempts -= 1  # it was neither refused nor late
        return back[1:]

    def _one_less(self) -> None:
        self.unfinished -= 1
        if self.unfinished:
            return
        if self.replay:
            for entry in reversed(self.batch):
                entry.state = State.WAITING
                self.waiting.appendleft(entry)
        self.replay = False
        self.batch.clear()
