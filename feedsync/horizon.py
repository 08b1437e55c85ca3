"""How long deletions are remembered (P9): TOMBSTONE_DAYS, longer than any message can be late.

In: a database and the time. Out: tombstones that are older are gone, forwarding ones too. Whoever is told of an object
that is older than that, and unknown, can't tell whether it was deleted: see `consumers.receiving.late`.
"""

from __future__ import annotations

import datetime as dt

from feedsync import clock
from feedsync.conf import settings
from feedsync.models import Lease, LedgerEntry
from feedsync.relay import leases

RETENTION_DAYS = 31  # what Pub/Sub keeps a message for at most; a dead-letter subscription once more
LEASE = "prune"
PRUNE_SECONDS = 6 * 3600
BATCH = 2_000


def days_needed(dead_letter_attempts: int) -> int:
    """What TOMBSTONE_DAYS has to be at least."""
    return (2 if dead_letter_attempts else 1) * RETENTION_DAYS + 1


def begins(now: dt.datetime) -> dt.datetime:
    """Older tombstones are forgotten."""
    return now - dt.timedelta(days=settings().tombstone_days)


def prune(using: str, now: clock.Milliseconds = clock.wall_clock) -> int:
    """Forget old tombstones, a batch at a time, once in six hours whoever asks; answers how many."""
    done = Lease.objects.using(using).filter(name=LEASE, until__gt=leases.moment(now()))
    if done.exists() or not leases.seize(using, LEASE, "", now(), seconds=PRUNE_SECONDS):
        return 0
    before = begins(leases.moment(now()))
    total = 0
    while True:
        old = LedgerEntry.objects.using(using).filter(deleted_at__lt=before).order_by("id")
        batch = list(old.values_list("pk", flat=True)[:BATCH])
        # Asked for once more: it may have been made again, or deleted again, in between.
        old.filter(pk__in=batch).order_by().delete()
        total += len(batch)
        if len(batch) < BATCH:
            return total
