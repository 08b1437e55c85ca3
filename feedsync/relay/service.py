"""The relay as a program: `manage.py feedsync_relay` runs it, as many side by side as one likes.

Polls cheaply and relays at once. `stop` may be called from a signal handler: what is there is still relayed, then
`run` returns.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from django.db import Error as DatabaseTrouble

from feedsync.relay.loop import Loop, Seconds
from feedsync.relay.watching import Watcher

POLL_SECONDS = 0.025
FAREWELL_SECONDS = 10.0  # that long it goes on draining after `stop`


class Service:
    """`run` until stopped, or `drain` once."""

    def __init__(self, loop: Loop, databases: Sequence[str], *, monotonic: Seconds = time.monotonic) -> None:
        self._loop = loop
        self._watchers = [Watcher(using) for using in databases]
        self._stopping = threading.Event()
        self._monotonic = monotonic

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Relay until `stop`, then drain what is there."""
        while not self._stopping.is_set():
            wait = self._loop.turn()
            if wait != 0.0:
                self._wait(wait)
        self.drain(FAREWELL_SECONDS)

    def drain(self, seconds: float | None = None) -> bool:
        """Relay what is there, within a time; whether nothing is left. Gives up at the first failure."""
        deadline = None if seconds is None else self._monotonic() + seconds
        while (wait := self._loop.turn()) is not None:
            if self._loop.failing or (deadline is not None and self._monotonic() > deadline):
                return False
            if wait:
                time.sleep(wait)
        return True

    def _wait(self, seconds: float | None) -> None:
        """Until there is something to relay, a pause is over, or `stop`."""
        deadline = None if seconds is None else self._monotonic() + seconds
        while not self._stopping.wait(POLL_SECONDS):
            if deadline is not None and self._monotonic() >= deadline:
                return
            if self._changed():
                return

    def _changed(self) -> bool:
        """Databases that fail have a pause of their own; trouble with one is for the loop to find."""
        try:
            return any(watcher.changed() for watcher in self._watchers if watcher.using not in self._loop.failing)
        except DatabaseTrouble:
            return True
