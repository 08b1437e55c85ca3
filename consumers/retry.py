"""Trying parked and dead changes again because a person asks: rows in, the outcome out, a chunk at a time.

A change that is applied now, or superseded by then, removes its own parked or dead row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from consumers import dead
from consumers.apply import Mode, Outcome, apply
from consumers.files import waiting
from consumers.models import ParkedChange
from feedsync.models import DeadChange
from feedsync.wire import json
from feedsync.wire.page import Change, decode_change

CHUNK = 500


def retry_parked(rows: QuerySet[ParkedChange]) -> Outcome:
    """Also fetches the files that some of them wait for; the outcome of those counts here, too."""
    files = rows.filter(reason=ParkedChange.Reason.FILE)
    chosen = list(files.values_list("pk", flat=True))
    outcome = Outcome()
    for start in range(0, len(chosen), CHUNK):
        outcome.add(waiting.fetch(rows.db, only=files.filter(pk__in=chosen[start : start + CHUNK])).outcome)
    outcome.add(_retry(rows, change_of))
    return outcome


def retry_dead(rows: QuerySet[DeadChange]) -> Outcome:
    return _retry(rows, dead.change_of)


def _retry(rows: QuerySet[Any], read: Callable[[Any], Change]) -> Outcome:
    outcome = Outcome()
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        # Asked for anew: a chunk before may have brought what others of these waited for.
        chunk = rows.model._default_manager.using(rows.db).filter(pk__in=pks[start : start + CHUNK])
        outcome.add(apply([read(row) for row in chunk], using=rows.db, mode=Mode.LIVE))
    return outcome


def change_of(row: ParkedChange) -> Change:
    return decode_change(json.loads(row.payload), feed=row.feed, origin=row.origin)
