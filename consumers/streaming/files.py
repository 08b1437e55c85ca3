"""The consumer's files: threads of their own fetch what parked changes wait for, so that the live feed goes on.

`wake` after a batch that parked something; between that, they look by themselves now and again for what is due.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from django.db import Error as DatabaseTrouble
from django.db import connections

from consumers.files import waiting
from consumers.files.downloading import Stopped
from consumers.files.waiting import Result
from consumers.streaming.report import Report
from feedsync import registry
from feedsync.errors import FeedsyncError
from feedsync.shape import shape_of

LOOK_SECONDS = 5.0
HANDS = 2


class FileFetcher:
    """`busy`: whether there may be something to fetch at once."""

    def __init__(self, report: Report) -> None:
        self._stopping = threading.Event()
        aliases = sorted({feed.alias for feed in registry.feeds() if shape_of(feed).files})
        self._hands = [_Hand(aliases, self._stopping, report) for _ in range(HANDS if aliases else 0)]

    @property
    def busy(self) -> bool:
        return any(hand.busy for hand in self._hands)

    def start(self) -> None:
        """Nothing, where no model has files."""
        for hand in self._hands:
            hand.thread.start()

    def wake(self) -> None:
        for hand in self._hands:
            hand.awake.set()

    def stop(self) -> None:
        """What is on its way is given up, and fetched again later."""
        self._stopping.set()
        self.wake()
        for hand in self._hands:
            if hand.thread.is_alive():
                hand.thread.join()


class _Hand:
    """One thread. While it has a large file, the other goes on with what comes."""

    def __init__(self, aliases: Sequence[str], stopping: threading.Event, report: Report) -> None:
        self.awake = threading.Event()
        self.thread = threading.Thread(target=self._run, name="feedsync-files")
        self._working = threading.Event()
        self._aliases = aliases
        self._stopping = stopping
        self._report = report
        self._tools = waiting.Tools(beat=self._beat)
        self.awake.set()

    @property
    def busy(self) -> bool:
        return self.thread.is_alive() and (self.awake.is_set() or self._working.is_set())

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            connections.close_all()

    def _turn(self) -> None:
        if self.awake.wait(LOOK_SECONDS):
            self._working.set()
        self.awake.clear()
        for alias in self._aliases:
            self._look(alias)
        self._working.clear()

    def _look(self, alias: str) -> None:
        """All that is due."""
        what = f"Files of database {alias}"
        try:
            while not self._stopping.is_set():
                found = waiting.fetch(alias, tools=self._tools)
                if not found.changes:
                    break
                self._report.say(_told(found))
        except (DatabaseTrouble, FeedsyncError) as error:
            connections[alias].close()
            self._report.trouble(what, f"{type(error).__name__}: {error}")
        else:
            self._report.trouble(what, "")

    def _beat(self) -> None:
        if self._stopping.is_set():
            raise Stopped


def _told(found: Result) -> str:
    files, failed = found.files, len(found.files.failures)
    line = f"{found.changes:,} changes with files: {files.stored:,} files stored, {files.received:,} bytes fetched"
    return f"{line}; {failed:,} did not come: see the parked changes" if failed else line
