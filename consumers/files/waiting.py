"""Parked changes that wait for a file: fetch what is due, then apply what is complete.

In: a database. Out: what became of it. Rows are claimed for a while, so that of several processes one fetches; whoever
dies leaves them to the next. A file that doesn't come is tried again, after a pause that grows with its age.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

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
SMALL_BYTES = 16 * 1024 * 1024  # larger files keep nobody waiting but their own change
MAX_DETAIL = 1_000
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

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(item.size for item in wants.of_change(self.change))


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
    rows = _claim(using, tools.now(), only)
    round_ = _Round(using, tools, {row.pk for row in rows})
    for origin, part in _parts(rows):
        round_.bring(origin, part)
    return round_.result


def _parts(rows: Sequence[_Row]) -> Iterator[tuple[str, list[_Row]]]:
    """By origin, and within that what is quickly done before each large file."""
    ordered = sorted(rows, key=lambda row: row.change.origin)
    for origin, group in groupby(ordered, key=lambda row: row.change.origin):
        own = list(group)
        small = [row for row in own if row.size <= SMALL_BYTES]
        if small:
            yield origin, small
        yield from ((origin, [row]) for row in sorted(own, key=lambda row: row.size) if row.size > SMALL_BYTES)


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


def _postpone(using: str, pks: Collection[int], until: dt.datetime) -> None:
    ParkedChange.objects.using(using).filter(pk__in=pks, reason=FILE).update(retry_at=until)


class _Round:
    """`claimed`: rows that nobody else takes as long as this goes on."""

    def __init__(self, using: str, tools: Tools, claimed: set[int]) -> None:
        self.result = Result()
        self._using = using
        self._tools = tools
        self._claimed = claimed

    def bring(self, origin: str, rows: Sequence[_Row]) -> None:
        lacking = wants.lacking(self._using, [row.change for row in rows])
        gathered = self._gathered(origin, lacking) if lacking else Gathered()
        self._claimed -= {row.pk for row in rows}
        failed = _failures(lacking, gathered)
        left = {id(item.change) for item in lacking if item.file_name in gathered.left} - failed.keys()
        self._put_off([row for row in rows if id(row.change) in failed], failed)
        _postpone(self._using, [row.pk for row in rows if id(row.change) in left], self._tools.now())
        complete = [row.change for row in rows if id(row.change) not in failed.keys() | left]
        if complete:
            self.result.outcome.add(apply(complete, using=self._using, mode=Mode.AGAIN))
        self.result.changes += len(rows)
        self.result.files.add(gathered)

    def _gathered(self, origin: str, lacking: Sequence[Wanted]) -> Gathered:
        try:
            return gather(self._using, lacking, self._tools.open_for(origin), beat=self._beat)
        except FeedsyncError as error:
            return Gathered(failures={item.file_name: error for item in lacking})

    def _beat(self) -> None:
        self._tools.beat()
        _postpone(self._using, self._claimed, self._tools.now() + CLAIM)

    def _put_off(self, rows: Sequence[_Row], reasons: Mapping[int, str]) -> None:
        now = self._tools.now()
        later = [
            ParkedChange(
                pk=row.pk, retry_at=now + _pause(now - row.parked_at), detail=reasons[id(row.change)][:MAX_DETAIL]
            )
            for row in rows
        ]
        ParkedChange.objects.using(self._using).bulk_update(later, ["retry_at", "detail"])


def _failures(lacking: Sequence[Wanted], gathered: Gathered) -> dict[int, str]:
    """{id of the change: why a file of it didn't come}."""
    return {
        id(item.change): f"{item.column.name}: {gathered.failures[item.file_name]}"
        for item in lacking
        if item.file_name in gathered.failures
    }


def _pause(age: dt.timedelta) -> dt.timedelta:
    return min(max(age / 2, SOONEST), LATEST)
