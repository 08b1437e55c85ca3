"""RELAY "cloud_tasks": a commit asks Cloud Tasks for a relay task, for platforms without long-lived processes.

Commits of one second share a task, in all processes: it is named for the second at whose end it runs, which is after
each of them. Asking happens in a short-lived thread, so that no request waits or breaks; while the queue can't be
reached that thread tries again, and the marks wait for the next commit or for `feedsync_relay --once`.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connections

from feedsync import conf
from feedsync.errors import FeedsyncError
from feedsync.signals import marks_committed
from feedsync.tasks.cloud import CloudTasks, Queue, Task

FAREWELL_SECONDS = 3.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0

logger = logging.getLogger("feedsync.relay")


def ask(queue: Queue | None = None, now: Callable[[], float] = time.time) -> int:
    """The second at whose beginning a relay task runs, which is later than now; raises what `enqueue` does."""
    second = int(now()) + 1
    (queue or CloudTasks()).enqueue(Task(name=f"relay-{second}", view="feedsync:relay_task", at=second))
    return second


class Waker:
    """Of one process; its thread lives only while there is something to ask for."""

    def __init__(self, queue: Queue | None = None, now: Callable[[], float] = time.time) -> None:
        self._queue = queue
        self._now = now
        self._asked = 0
        self._wanted = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def wake(self) -> None:
        """There are marks; returns at once."""
        with self._lock:
            if self._asked > self._now():
                return  # a task that begins later than this commit has been asked for
            self._wanted = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="feedsync-relay-waking", daemon=True)
                self._thread.start()

    def end(self, seconds: float) -> None:
        """Give what was wanted that long to be asked for."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        self._ending.set()

    def _run(self) -> None:
        pause = 0.0
        while self._wants():
            try:
                asked = ask(self._queue, self._now)
            except FeedsyncError as error:
                pause = min(pause * 2 or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
                self._failed(error, pause)
            else:
                pause = 0.0
                with self._lock:
                    self._asked = asked

    def _wants(self) -> bool:
        with self._lock:
            wanted = self._wanted and not self._ending.is_set()
            self._wanted = False
            if not wanted:
                self._thread = None
            return wanted

    def _failed(self, error: FeedsyncError, pause: float) -> None:
        logger.warning("a relay task could not be asked for: %s", error, extra={"pause_seconds": pause})
        with self._lock:
            self._wanted = True
        self._ending.wait(pause)


class _Process:
    def __init__(self) -> None:
        self.waker = Waker()

    def renew(self) -> None:
        self.waker = Waker()


_process = _Process()


def start() -> None:
    """From `ready()`: listen to commits."""
    marks_committed.connect(_on_marks, dispatch_uid="feedsync.relay.waking")
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_process.renew)
    atexit.register(_farewell)


def _on_marks(*, using: str, **_: Any) -> None:
    # In a test's transaction nobody else sees the marks.
    if conf.settings().relay is conf.Relay.CLOUD_TASKS and not connections[using].in_atomic_block:
        _process.waker.wake()


def _farewell() -> None:
    _process.waker.end(FAREWELL_SECONDS)
