"""Parked changes that wait for a file: fetch what is due, then apply what is complete.

In: a database. Out: what became of it. Rows are claimed for a while, so that of several processes one fetches; whoever
dies leaves them to the next. A file that doesn't come is tried again, after a pause that grows with its age.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from consumers.apply import Mode, Outcome, apply
from consumers.files import wanted as wants
from consumers.files.downloading import FileSource
from consumers.files.gathering import Beat, Gathered, gather
from consumers.files.sources import opener
from consumers.files.wanted import Wanted
from consumers.models import ParkedChange
from feedsync.errors import FeedsyncError
from feedsync.wire import json
from feedsync.wire.page import Change, decode_change

LIMIT = 500
CLAIM = dt.timedelta(seconds=60)
SOONEST, LATEST = dt.timedelta(seconds=5), dt.timedelta(minutes=15)
FILE = ParkedChange.Reason.FILE
Now = Callable[[], dt.datetime]
Opener = Callable[[str], Callable[[], FileSource]]


@dataclass(slots=True)
class Result:
    """`changes`: how many were tried."""

    changes: int = 0
    files: Gathered = field(default_factory=Gathered)
    outcome: Outcome = field(default_factory=Outcome)


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    change: Change
    parked_at: dt.datetime


def any_waiting(using: str) -> bool:
    return ParkedChange.objects.using(using).filter(reason=FILE).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What fetching needs of the world. `beat` is called now and again, and may raise Stopped."""

    open_for: Opener = opener
    now: Now = timezone.now
    beat: Beat = lambda: None


def fetch(using: str, *, tools: Tools | None = None, only: QuerySet[ParkedChange] | None = None) -> Result:
    """One round. `only`: these rows, due or not, because somebody asks."""
    tools = tools or Tools()
    result = Result()
    rows = _claim(using, tools.now(), only)
    by_origin: dict[str, list[_Row]] = {}
    for row in rows:
        by_origin.setdefault(row.change.origin, []).append(row)
    for origin, own in by_origin.items():
        _fetch_from(using, origin, own, result, tools)
    return result


def _claim(using: str, now: dt.datetime, only: QuerySet[ParkedChange] | None) -> list[_Row]:
    due = Q(retry_at=None) | Q(retry_at__lte=now)
    rows = ParkedChange.objects.using(using).filter(reason=FILE)
    rows = rows.filter(due) if only is None else rows.filter(pk__in=list(only.values_list("pk", flat=True)))
    rows = rows.order_by(F("retry_at").asc(nulls_first=True), "id")
    with transaction.atomic(using=using):
        if connections[using].features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        found = list(rows.values_list("pk", "feed", "origin", "payload", "parked_at")[:LIMIT])
        _postpone(using, [row[0] for row in found], now + CLAIM)
    return [
        _Row(pk, decode_change(json.loads(payload), feed=feed, origin=origin), parked_at)
        for pk, feed, origin, payload, parked_at in found
    ]


def _postpone(using: str, pks: Sequence[int], until: dt.datetime, **values: str) -> None:
    ParkedChange.objects.using(using).filter(pk__in=pks, reason=FILE).update(retry_at=until, **values)


def _fetch_from(using: str, origin: str, rows: list[_Row], result: Result, tools: Tools) -> None:
    lacking = wants.lacking(using, [row.change for row in rows])
    gathered = _gathered(using, origin, lacking, [row.pk for row in rows], tools) if lacking else Gathered()
    now = tools.now()
    failed = _failures(lacking, gathered)
    for row in rows:
        if id(row.change) in failed:
            _postpone(using, [row.pk], now + _pause(now - row.parked_at), detail=failed[id(row.change)][:1000])
    left = {id(item.change): item for item in lacking if item.file_name in gathered.left}.keys() - failed.keys()
    _postpone(using, [row.pk for row in rows if id(row.change) in left], now)
    complete = [row.change for row in rows if id(row.change) not in failed.keys() | left]
    if complete:
        result.outcome.add(apply(complete, using=using, mode=Mode.AGAIN))
    result.changes += len(rows)
    result.files.add(gathered)


def _gathered(using: str, origin: str, lacking: Sequence[Wanted], pks: Sequence[int], tools: Tools) -> Gathered:
    def beat() -> None:
        tools.beat()
        _postpone(using, pks, tools.now() + CLAIM)

    try:
        return gather(using, lacking, tools.open_for(origin), beat=beat)
    except FeedsyncError as error:
        return Gathered(failures={item.file_name: error for item in lacking})


def _failures(lacking: Sequence[Wanted], gathered: Gathered) -> dict[int, str]:
    """{id of the change: why a file of it didn't come}."""
    return {
        id(item.change): f"{item.column.name}: {gathered.failures[item.file_name]}"
        for item in lacking
        if item.file_name in gathered.failures
    }


def _pause(age: dt.timedelta) -> dt.timedelta:
    return min(max(age / 2, SOONEST), LATEST)
