"""The emulator's time: seconds since the epoch, which a test may move forward."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]


class MovableClock:
    """Runs with the monotonic clock, so that it never jumps by itself."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() + self._offset

    def advance(self, seconds: float) -> None:
        """Move forward at once."""
        self._offset += seconds
