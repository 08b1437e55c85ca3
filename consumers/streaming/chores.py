"""What a consumer does between batches now and again: look for sources and pulls, try parked changes, note the lag.

A database that fails here fails the next batch too, or not at all: it is told once, and the chore is done later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from django.db import Error as DatabaseTrouble
from django.db import router
from django.utils import timezone

from consumers import parking
from consumers.apply.batch import retry_parked
from consumers.conflicts import keeping as conflicts
from consumers.hearing import asking
from consumers.models import DataSource
from consumers.receiving import keeping
from consumers.receiving.handling import forsake
from consumers.streaming import sources
from consumers.streaming.report import Report
from consumers.streaming.subscriptions import Subscriptions
from consumers.tasks import orphans
from feedsync import horizon, registry
from feedsync.errors import FeedsyncError

LOOK_SECONDS = 3.0
SWEEP_SECONDS = 10.0
NOTE_SECONDS = 2.0
PULLS_SECONDS = 30.0
PRUNE_SECONDS = 3600.0
NONE = "No enabled data source{named} has a subscription: add one in the admin, its first pull makes it. Waiting."


class Chores:
    def __init__(self, names: Collection[str], subscriptions: Subscriptions, report: Report) -> None:
        self._names = names
        self._subscriptions = subscriptions
        self._report = report
        self._looked_at = self._swept_at = self._noted_at = self._pulled_at = self._pruned_at = float("-inf")
        self._upgraded = self._told_none = False

    def due(self, now: float) -> None:
        for stream in self._subscriptions.streams:
            self._report.trouble(stream.source.name, stream.problem)
        if now >= self._looked_at + LOOK_SECONDS:
            self._looked_at = now
            self._attempt(_home(), self._look, "looking for sources")
        if now >= self._swept_at + SWEEP_SECONDS:
            self._swept_at = now
            self._sweep()
        if now >= self._noted_at + NOTE_SECONDS:
            self._noted_at = now
            self.note_lags()
        if now >= self._pulled_at + PULLS_SECONDS:
            self._pulled_at = now
            self._attempt(_home(), orphans.look, "looking for pulls")
        if now >= self._pruned_at + PRUNE_SECONDS:
            self._pruned_at = now
            self._attempt(_home(), lambda: conflicts.prune_all(timezone.now()), "forgetting old conflicts")
            for alias in _aliases():
                self._attempt(alias, partial(asking.ask, alias), "asking sources that forward")
                self._attempt(alias, partial(horizon.prune, alias), "forgetting old deletions")

    def note_lags(self) -> None:
        lags = self._report.lags()
        if lags:
            self._attempt(_home(), lambda: sources.received(lags.items(), timezone.now()), "noting the lag")

    def _look(self) -> None:
        wanted = sources.wanted(self._names)
        begun, ended = self._subscriptions.follow(wanted)
        for source in ended:
            self._report.forget(source.name)
            self._report.say(f"{source.name}: no longer received.")
        for source in begun:
            self._report.say(f"{source.name}: receiving {source.subscription}.")
        if not wanted and not self._told_none:
            named = f" of the name {' or '.join(sorted(self._names))}" if self._names else ""
            self._report.say(NONE.format(named=named))
        self._told_none = not wanted

    def _sweep(self) -> None:
        """Once a process also what an older feedsync could not read: an upgrade is a new process."""
        for alias in _aliases():
            if not self._upgraded:
                self._attempt(alias, partial(keeping.apply_held, alias), "applying held pages")
            self._attempt(alias, partial(_retry, alias), "retrying parked changes")
        self._upgraded = True

    def _attempt(self, alias: str, chore: Callable[[], object], name: str) -> None:
        try:
            chore()
        except (DatabaseTrouble, FeedsyncError) as error:
            forsake(alias)
            self._report.trouble(name.capitalize(), f"{type(error).__name__}: {error}")
        else:
            self._report.trouble(name.capitalize(), "")


def _aliases() -> list[str]:
    return sorted({feed.alias for feed in registry.feeds()})


def _home() -> str:
    return router.db_for_write(DataSource)


def _retry(alias: str) -> None:
    if parking.any_parked(alias):
        retry_parked(alias)
