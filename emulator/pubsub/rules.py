"""What a subscription's settings mean for delivery, and how much one hand-out may carry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRules:
    """The settings that a backlog acts on."""

    ordered: bool = False
    exactly_once: bool = False
    ack_seconds: float = 10
    retention_seconds: float = 7 * 86_400
    backoff_seconds: tuple[float, float] | None = None  # (shortest, longest) wait before a redelivery
    max_attempts: int | None = None  # then the message is offered to `dead_letter`
    retain_acknowledged: bool = False  # a seek can bring it back
    keep_acknowledged: bool = False  # a test can ask for it

    def backoff(self, attempts: int) -> float:
        """Seconds until the next delivery, after so many."""
        if self.backoff_seconds is None:
            return 0.0
        shortest, longest = self.backoff_seconds
        return float(min(longest, shortest * 2 ** min(attempts - 1, 30)))


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
