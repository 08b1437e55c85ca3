"""Where streams put what arrives, and the consumer takes it from.

Bounded by what is not yet settled, not only by what waits: a database outage must not fill the memory through streams
that break and open again. `wake` may be called from a signal handler.
"""

from __future__ import annotations

import queue
import threading

from consumers.receiving.delivery import Delivery

ROOM = 3_000  # messages; a stream alone holds at most a third of it
LOOK_SECONDS = 0.5


class Inbox:
    def __init__(self, room: int = ROOM) -> None:
        # Unlike Queue, SimpleQueue may be put into by a signal handler that interrupts its own get.
        self._queue: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(room)

    def put(self, delivery: Delivery, closed: threading.Event) -> bool:
        """Wait for room; False if `closed` was set first."""
        while not self._room.acquire(timeout=LOOK_SECONDS):
            if closed.is_set():
                return False
        self._queue.put(delivery)
        return True

    def take(self, seconds: float) -> Delivery | None:
        """The next one; None if none came in time, or somebody called `wake`."""
        try:
            return self._queue.get(timeout=seconds) if seconds > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None

    def settled(self, count: int) -> None:
        """So many deliveries are done with, one way or another."""
        if count:
            self._room.release(count)

    def wake(self) -> None:
        self._queue.put(None)
