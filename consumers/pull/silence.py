"""Sources that nothing came from for as long as Pub/Sub keeps messages: what came later may be gone, so they are pulled
(P9).

In: data sources. Out: a new DataPull for each that was silent too long. One that has nothing to say is pulled once a
month, which is what it costs to be sure.
"""

from __future__ import annotations

import datetime as dt

from consumers.models import DataPull, DataSource
from feedsync.horizon import RETENTION_DAYS

LONGEST = dt.timedelta(days=RETENTION_DAYS - 1)
OPEN = (DataPull.Status.WAITING, DataPull.Status.RUNNING, DataPull.Status.CONFIRM)
FULL = (DataPull.Mode.REPAIR, DataPull.Mode.MIRROR)


def schedule(now: dt.datetime) -> list[DataPull]:
    sources = DataSource.objects.filter(enabled=True).exclude(subscription="")
    return [DataPull.objects.create(data_source=source) for source in sources if was_silent(source, now)]


def was_silent(source: DataSource, now: dt.datetime) -> bool:
    """Asked before anything that comes now is noted. One that was never pulled has its first pull to come."""
    full = source.pulls.filter(mode__in=FULL, progress__only=[])
    last = full.filter(status=DataPull.Status.DONE).order_by("-finished_at").first()
    if last is None or last.finished_at is None or source.pulls.filter(status__in=OPEN).exists():
        return False
    return max(filter(None, (last.finished_at, source.last_received_at))) < now - LONGEST
