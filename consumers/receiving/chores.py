"""What waits for another moment: held pages that can be read by now, parked changes, files, pulls that nobody runs.

A consumer does the same bit by bit (`streaming.chores`); this is for environments where nothing runs between calls.
"""

from __future__ import annotations

from django.utils import timezone

from consumers import parking
from consumers.apply.batch import retry_parked
from consumers.conflicts import keeping as conflicts
from consumers.files import limited
from consumers.hearing import asking
from consumers.receiving import keeping
from consumers.tasks import orphans
from feedsync import clock, horizon, registry

FILE_SECONDS = 60.0


def perform() -> None:
    for alias in sorted({feed.alias for feed in registry.feeds()}):
        clock.own(alias)
        keeping.apply_held(alias)
        asking.ask(alias)
        horizon.prune(alias)
        if parking.any_parked(alias):
            retry_parked(alias)
            limited.fetch(alias, seconds=FILE_SECONDS)
    orphans.look()
    conflicts.prune_all(timezone.now())
