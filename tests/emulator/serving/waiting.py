"""Waiting for something that another thread or process brings about."""

from __future__ import annotations

import time
from collections.abc import Callable

WAIT_SECONDS = 10


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is so, or fail."""
    limit = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)
