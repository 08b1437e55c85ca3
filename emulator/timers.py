"""Points in time with something to do at each; what was overtaken stays inside until its time or the next clean-up."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")

_CLEAN_UP_ABOVE = 1024


class Timers(Generic[T]):
    """A heap of (time, thing), first come first served at equal times."""

    def __init__(self, still_wanted: Callable[[T], bool]) -> None:
        self._still_wanted = still_wanted
        self._heap: list[tuple[float, int, T]] = []
        self._numbers = count()
        self._clean_up_at = _CLEAN_UP_ABOVE

    @property
    def first(self) -> float | None:
        """The earliest time at which there is still something to do."""
        while self._heap and not self._still_wanted(self._heap[0][2]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def add(self, when: float, thing: T) -> None:
        """Remember the thing until its time."""
        heapq.heappush(self._heap, (when, next(self._numbers), thing))
        if len(self._heap) > self._clean_up_at:
            self._clean_up()

    def due(self, now: float) -> Iterator[T]:
        """Take out what is due."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()

    def _clean_up(self) -> None:
        # Most leases end by acknowledgement: without this the heap would hold ten minutes of traffic.
        self._heap = [item for item in self._heap if self._still_wanted(item[2])]
        heapq.heapify(self._heap)
        self._clean_up_at = max(_CLEAN_UP_ABOVE, 2 * len(self._heap))
