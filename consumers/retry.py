"""Trying parked and dead changes again because a person asks: rows in, the outcome out.

A change that is applied now, or superseded by then, removes its own parked or dead row.
"""

from __future__ import annotations

from django.db.models import QuerySet

from consumers import dead
from consumers.apply import Mode, Outcome, apply
from consumers.models import ParkedChange
from feedsync.models import DeadChange
from feedsync.wire import json
from feedsync.wire.page import decode_change


def retry_parked(rows: QuerySet[ParkedChange]) -> Outcome:
    changes = [decode_change(json.loads(row.payload), feed=row.feed, origin=row.origin) for row in rows]
    return apply(changes, using=rows.db, mode=Mode.LIVE)


def retry_dead(rows: QuerySet[DeadChange]) -> Outcome:
    return apply([dead.change_of(row) for row in rows], using=rows.db, mode=Mode.LIVE)
