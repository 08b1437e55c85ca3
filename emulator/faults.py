"""What a test asks to go wrong: calls that fail, messages that come twice or out of order.

Everything random comes from a generator with the test's seed; without a request nothing happens.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, kw_only=True)
class PlannedFailure:
    """The next calls of a method fail; with `after`, they take effect first and only the answer is lost."""

    method: str
    code: Any  # grpc.StatusCode
    times: int
    after: bool


def _generator() -> random.Random:
    return random.Random()  # noqa: S311 - seeded by the test: must be repeatable, guards no secret


class Faults:
    """The faults of one emulator, shared by its server and its backlogs."""

    def __init__(self) -> None:
        self._failures: list[PlannedFailure] = []
        self._duplicates = _generator()
        self._share = 0.0
        self._delays = _generator()
        self._within_seconds = 0.0

    def plan(self, failure: PlannedFailure) -> None:
        """Queue a failure."""
        self._failures.append(failure)

    def duplicate(self, *, seed: int, share: float) -> None:
        """Deliver a share of the messages twice."""
        self._duplicates.seed(seed)
        self._share = share

    def shuffle(self, *, seed: int, within_seconds: float) -> None:
        """Hold each delivery back for a random time, so that deliveries overtake each other."""
        self._delays.seed(seed)
        self._within_seconds = within_seconds

    def clear(self) -> None:
        """Everything works again."""
        self._failures.clear()
        self._share = 0.0
        self._within_seconds = 0.0

    def failing(self, method: str, *, after: bool) -> Any | None:
        """The status code with which this call fails, or None. Counts the call."""
        for failure in self._failures:
            if failure.method == method and failure.after is after:
                failure.times -= 1
                if failure.times <= 0:
                    self._failures.remove(failure)
                return failure.code
        return None

    def repeats(self) -> bool:
        """Whether what is delivered now comes once more."""
        return self._share > 0 and self._duplicates.random() < self._share

    @property
    def delaying(self) -> bool:
        """Whether deliveries are held back at all."""
        return self._within_seconds > 0

    def delay(self) -> float:
        """Seconds by which the next delivery is held back."""
        return self._delays.uniform(0, self._within_seconds) if self._within_seconds else 0.0
