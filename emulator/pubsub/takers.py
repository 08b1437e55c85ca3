"""Who takes messages from a backlog: a waiting pull, or a stream that holds leases within its flow control."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emulator.pubsub.rules import Room

if TYPE_CHECKING:
    from emulator.pubsub.lanes import Entry

# One hand-out to a stream is small enough that others get their share.
_MESSAGES_AT_ONCE = 1000
_BYTES_AT_ONCE = 1_000_000


class Taker:
    """Somebody who wants messages. `wake` is called when there may be some."""

    __slots__ = ("wake",)

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake


class Holder(Taker):
    """A stream: what it took counts against its limits until it is settled. No limit is None."""

    __slots__ = ("bytes", "gone", "held", "max_bytes", "max_messages")

    def __init__(
        self, wake: Callable[[], None], *, max_messages: int | None = None, max_bytes: int | None = None
    ) -> None:
        super().__init__(wake)
        self.max_messages = max_messages
        self.max_bytes = max_bytes
        self.held: dict[str, Entry] = {}  # {ack id: leased entry}
        self.bytes = 0
        self.gone = False

    @property
    def messages(self) -> int:
        """How many it holds."""
        return len(self.held)

    @property
    def room(self) -> Room:
        """What it may take now."""
        messages, size = _MESSAGES_AT_ONCE, _BYTES_AT_ONCE
        if self.max_messages is not None:
            messages = min(messages, self.max_messages - len(self.held))
        if self.max_bytes is not None:
            size = min(size, self.max_bytes - self.bytes)
        return Room(messages=messages, bytes=size)

    @property
    def full(self) -> bool:
        """Whether it may take nothing."""
        return self.gone or not self.room.left

    def hold(self, entry: Entry) -> None:
        """Count a leased entry."""
        self.held[entry.ack_id] = entry
        self.bytes += entry.message.size

    def drop(self, entry: Entry) -> None:
        """Count it no longer; there may be room for another."""
        del self.held[entry.ack_id]
        self.bytes -= entry.message.size
        self.wake()
