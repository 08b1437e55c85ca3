"""What a backlog can deliver now, and who waits for it.

Takers that have nothing to do wait in line: as many are called as there are things to hand out, and each gets an equal
share. A lane goes back to the stream that had its last batch, as long as that one has room.
"""

from __future__ import annotations

import sys
from collections import OrderedDict, deque

from emulator.pubsub.lanes import Entry, Lane
from emulator.pubsub.messages import Message
from emulator.pubsub.takers import Holder, Taker

Unit = Message | Entry | Lane  # a message that was never out, one that was, or those of an ordering key


class Ready:
    """Units in the order of their delivery."""

    def __init__(self) -> None:
        self._shared: deque[Unit] = deque()
        self._homes: dict[Holder, deque[Unit]] = {}  # {stream: lanes that it gets}
        self._waiting: OrderedDict[Taker, None] = OrderedDict()  # first come, first served
        self._called: dict[Taker, None] = {}

    def put(self, unit: Unit, *, first: bool = False) -> None:
        """Something became deliverable."""
        if type(unit) is Lane and unit.home is not None:
            if not unit.home.full:
                self._homes.setdefault(unit.home, deque()).append(unit)
                unit.home.wake()
                return
            unit.home = None
        if first:
            self._shared.appendleft(unit)
        else:
            self._shared.append(unit)

    def extend(self, messages: list[Message]) -> None:
        """Many new messages became deliverable."""
        self._shared.extend(messages)

    def queues(self, taker: Taker | None) -> list[tuple[deque[Unit], int]]:
        """Where this taker may take from, each with the number of units that are its share."""
        queues = []
        if taker is not None:
            self._waiting.pop(taker, None)
            self._called.pop(taker, None)
        if isinstance(taker, Holder) and (home := self._homes.get(taker)):
            queues.append((home, sys.maxsize))
        rivals = len(self._waiting) + len(self._called)
        share = -(-len(self._shared) // (1 + rivals)) if rivals else sys.maxsize
        return [*queues, (self._shared, share)]

    def wait(self, taker: Taker) -> None:
        """The taker has nothing to do."""
        self._waiting[taker] = None
        self.call()

    def leave(self, taker: Taker) -> None:
        """The taker is gone; what it was called for goes to others."""
        self._waiting.pop(taker, None)
        self._called.pop(taker, None)
        if isinstance(taker, Holder):
            taker.gone = True
            self.evict(taker)
        self.call()

    def evict(self, holder: Holder) -> None:
        """The stream doesn't get on: its lanes are anybody's."""
        for unit in self._homes.pop(holder, ()):
            assert type(unit) is Lane
            unit.home = None
            self._shared.append(unit)

    def call(self) -> None:
        """Wake as many as there is work for."""
        wanted = len(self._shared) - len(self._called)
        while wanted > 0 and self._waiting:
            taker, _ = self._waiting.popitem(last=False)
            self._called[taker] = None
            wanted -= 1
            taker.wake()

    def clean(self, oldest: float) -> None:
        """Let go of messages that were never out and are older."""
        shared = self._shared
        while shared and type(shared[0]) is Message and shared[0].publish_time < oldest:
            shared.popleft()

    def clear(self) -> None:
        """There is nothing to deliver; who waits goes on waiting."""
        self._shared.clear()
        self._homes.clear()
