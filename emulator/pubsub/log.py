"""What a topic keeps of its messages so that subscriptions can seek back: by time, or from a snapshot on."""

from __future__ import annotations

from collections import deque

from emulator.journal import Journal, Oblivion
from emulator.pubsub.messages import Message


class Log:
    """The messages of one topic, oldest first; without a retention and without snapshots it keeps none."""

    def __init__(self, journal: Journal | None = None, owner: str = "") -> None:
        self._journal = journal or Oblivion()
        self._owner = owner
        self.retention_seconds: float | None = None
        self._messages: deque[Message] = deque()
        self.pins: dict[str, int] = {}  # {snapshot: number of the first message after it}

    def append(self, messages: list[Message], *, now: float) -> None:
        """Keep what was published, as far as anybody may want it."""
        if self.retention_seconds is not None or self.pins:
            self._messages.extend(messages)
            self._journal.keep(self._owner, messages)
        if self._messages:
            self.prune(now)

    def restore(self, messages: list[Message]) -> None:
        """Go on with what a process before kept."""
        self._messages.extend(messages)

    def pin(self, snapshot: str, number: int) -> None:
        """Keep messages from this number on until the snapshot is gone."""
        self.pins[snapshot] = number

    def unpin(self, snapshot: str) -> None:
        """The snapshot is gone."""
        self.pins.pop(snapshot, None)

    def retained(self, *, now: float) -> list[Message]:
        """What the topic's retention covers; empty without one."""
        if self.retention_seconds is None:
            return []
        oldest = now - self.retention_seconds
        return [message for message in self._messages if message.publish_time >= oldest]

    def since(self, number: int) -> list[Message]:
        """Messages from this number on, which must be pinned."""
        return [message for message in self._messages if message.number >= number]

    def prune(self, now: float) -> None:
        """Let go of what nobody may want any more."""
        pinned = min(self.pins.values(), default=None)
        oldest = None if self.retention_seconds is None else now - self.retention_seconds
        gone = []
        while self._messages:
            first = self._messages[0]
            is_pinned = pinned is not None and first.number >= pinned
            if is_pinned or (oldest is not None and first.publish_time >= oldest):
                break
            gone.append(self._messages.popleft().number)
        if gone:
            self._journal.release(self._owner, gone)
