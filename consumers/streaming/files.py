"""The consumer's files: a thread of its own fetches what parked changes wait for, so that the live feed goes on.

`wake` after a batch that parked something; between that, it looks by itself every few seconds for what is due again.
"""

from __future__ import annotations

import threading

from django.db import Error as DatabaseTrouble
from django.db import connections

from consumers.files import waiting
from consumers.files.downloading import Stopped
from consumers.streaming.report import Report
from feedsync import registry
from feedsync.errors import FeedsyncError
from feedsync.shape import shape_of

LOOK_SECONDS = 5.0


class FileFetcher:
    """`busy`: whether there may be something to fetch at once."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._awake = threading.Event()
        self._working = threading.Event()
        self._stopping = False
        self._tools = waiting.Tools(beat=self._beat)
        self._thread = threading.Thread(target=self._run, name="feedsync-files")
        self._aliases = sorted({feed.alias for feed in registry.feeds() if shape_of(feed).files})

    @property
    def busy(self) -> bool:
        return self._awake.is_set() or self._working.is_set()

    def start(self) -> None:
        """Nothing, where no model has files."""
        if self._aliases:
            self._awake.set()
            self._thread.start()

    def wake(self) -> None:
        if self._thread.is_alive():
            self._awake.set()

    def stop(self) -> None:
        """What is on its way is given up, and fetched again later."""
        self._stopping = True
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turn()
        finally:
            self._working.clear()
            self._awake.clear()
            connections.close_all()

    def _turn(self) -> None:
        if self._awake.wait(LOOK_SECONDS):
            self._working.set()
        self._awake.clear()
        for alias in self._aliases:
            self._look(alias)
        self._working.clear()

    def _look(self, alias: str) -> None:
        """All that is due."""
        what = f"Files of database {alias}"
        try:
            while not self._stopping and waiting.fetch(alias, tools=self._tools).changes:
                pass
        except (DatabaseTrouble, FeedsyncError) as error:
            connections[alias].close()
            self._report.trouble(what, f"{type(error).__name__}: {error}")
        else:
            self._report.trouble(what, "")

    def _beat(self) -> None:
        if self._stopping:
            raise Stopped
