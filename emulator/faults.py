"""What a test asks to go wrong with messages: that they come twice or out of order. Calls are in `call_faults`.

Everything random comes from a generator with the test's seed; without a request nothing happens.
"""

from __future__ import annotations

import random


def _generator() -> random.Random:
    return random.Random()  # noqa: S311 - seeded by the test: must be repeatable, guards no secret


class Faults:
    """The faults of one emulator, shared by its backlogs."""

    def __init__(self) -> None:
        self._duplicates = _generator()
        self._share = 0.0
        self._delays = _generator()
        self._within_seconds = 0.0
        self._failures = _generator()
        self._failed_share = 0.0

    def duplicate(self, *, seed: int, share: float) -> None:
        """Deliver a share of the messages twice."""
        self._duplicates.seed(seed)
        self._share = share

    def shuffle(self, *, seed: int, within_seconds: float) -> None:
        """Hold each delivery back for a random time, so that deliveries overtake each other."""
        self._delays.seed(seed)
        self._within_seconds = within_seconds

    def fail_acks(self, *, seed: int, share: float) -> None:
        """Let a share of the acknowledgements with exactly-once delivery fail, so that clients try again."""
        self._failures.seed(seed)
        self._failed_share = share

    def clear(self) -> None:
        """Everything works again."""
        self._share = self._failed_share = 0.0
        self._within_seconds = 0.0

    def repeats(self) -> bool:
        """Whether what is delivered now comes once more."""
        return self._share > 0 and self._duplicates.random() < self._share

    def fails_ack(self) -> bool:
        """Whether what is acknowledged now stays owed, and the client is told."""
        return self._failed_share > 0 and self._failures.random() < self._failed_share

    @property
    def delaying(self) -> bool:
        """Whether deliveries are held back at all."""
        return self._within_seconds > 0

    def delay(self) -> float:
        """Seconds by which the next delivery is held back."""
        return self._delays.uniform(0, self._within_seconds) if self._within_seconds else 0.0
