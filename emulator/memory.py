"""The process's memory: what a large backlog took goes back to the system when it is empty.

Finished calls are cycles that keep their requests until they are collected, and what is freed stays in the allocator
until somebody asks for it.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable

_YOUNG_OBJECTS = 10_000  # until the collector looks at them: a few full publish requests
_WORTHWHILE_MESSAGES = 10_000
_SETTLING_SECONDS = 0.5


def settle_in() -> None:
    """What was imported stays for ever, so that the collector need not look at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


class Trimmer:
    """Gives memory back some time after a backlog became empty, if many messages were published since the last time."""

    def __init__(self, published: Callable[[], int]) -> None:
        self._published = published  # how many messages there ever were
        self._trimmed_at = 0
        self._trim = _trim_of_system()

    def emptied(self) -> None:
        """A backlog is empty."""
        if self._published() - self._trimmed_at >= _WORTHWHILE_MESSAGES:
            self._trimmed_at = self._published()
            asyncio.get_running_loop().call_later(_SETTLING_SECONDS, self._give_back)

    def _give_back(self) -> None:
        gc.collect()
        self._trim()


def _trim_of_system() -> Callable[[], object]:
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # only glibc has it
        return lambda: None
    return lambda: trim(0)
