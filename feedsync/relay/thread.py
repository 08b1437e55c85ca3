"""RELAY "thread": a daemon thread of the process that made the change relays it, right after the commit.

Woken by `marks_committed`, and by the first request, for what earlier processes left behind. It never disturbs a
request: it has connections of its own, gives them back when idle, and errors stay in it. After a fork the child has a
thread of its own.
"""

from __future__ import annotations

import atexit
import os
import threading
from typing import Any

from django.core.signals import request_started
from django.db import connections

from feedsync import conf
from feedsync.relay.loop import Loop, databases
from feedsync.signals import marks_committed
from feedsync.transport.port import Publisher

CONNECTION_SECONDS = 5.0  # idle connections are kept that long
LOOK_SECONDS = 15.0  # then it looks now and again for what nobody woke it for
FAREWELL_SECONDS = 3.0  # that long a process that ends waits for its last marks


class RelayThread:
    """Started by its first `wake`."""

    def __init__(self) -> None:
        self._awake = threading.Event()
        self._quiet = threading.Event()
        self._quiet.set()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def wake(self) -> None:
        """There may be marks; returns at once."""
        self._quiet.clear()
        self._awake.set()
        if not self.running:
            self._start()

    def wait(self, seconds: float) -> bool:
        """Whether everything that it was woken for is relayed, after waiting for it."""
        return not self.running or self._quiet.wait(seconds)

    def end(self, seconds: float) -> bool:
        """Finish the batch at hand and stop, with a time for it; the next `wake` starts anew."""
        thread = self._thread
        self._ending.set()
        self._awake.set()
        if thread is not None:
            thread.join(seconds)
        return not self.running

    def _start(self) -> None:
        with self._lock:
            if not self.running:
                self._ending.clear()
                self._thread = threading.Thread(target=self._run, name="feedsync-relay", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        loop = Loop(databases(), _publisher)
        wait: float | None = 0.0
        while not self._ending.is_set():
            if wait != 0.0:
                self._sleep(wait)
                loop.hurry()
            self._awake.clear()
            wait = loop.turn()
        connections.close_all()

    def _sleep(self, seconds: float | None) -> None:
        """Until woken or the time is over; connections are closed on the way if it takes long."""
        if seconds is not None:
            self._awake.wait(seconds)
            return
        if not self._awake.is_set():
            self._quiet.set()
        if not self._awake.wait(CONNECTION_SECONDS):
            connections.close_all()
            self._awake.wait(LOOK_SECONDS)


class _Process:
    """The thread of this process; a child gets a new one."""

    def __init__(self) -> None:
        self.thread = RelayThread()

    def renew(self) -> None:
        self.thread = RelayThread()


_process = _Process()


def current() -> RelayThread:
    return _process.thread


def start() -> None:
    """From `ready()`: listen. Nothing runs before the first wake."""
    listen()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_process.renew)
    atexit.register(_farewell)


def listen() -> None:
    """To commits, and to the next request."""
    marks_committed.connect(_on_marks, dispatch_uid="feedsync.relay.thread")
    request_started.connect(_on_request, dispatch_uid="feedsync.relay.thread")


def _on_marks(*, using: str, **_: Any) -> None:
    # In a test's transaction nobody else sees the marks, and SQLite has one writer (R30).
    if _wanted() and not connections[using].in_atomic_block:
        current().wake()


def _on_request(**_: Any) -> None:
    if _wanted() and not any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        request_started.disconnect(dispatch_uid="feedsync.relay.thread")
        current().wake()


def _wanted() -> bool:
    return conf.settings().relay is conf.Relay.THREAD


def _publisher() -> Publisher | None:
    # A process that never relays doesn't need what this imports.
    from feedsync.transport import pubsub

    return pubsub.configured()


def _farewell() -> None:
    """A short command that saves something ends in the blink of an eye: give its changes the time to leave."""
    current().wait(FAREWELL_SECONDS)
