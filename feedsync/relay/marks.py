"""The relay's side of the outbox: look, read, count an attempt, remove; one statement each, for any number of marks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db import connections

from feedsync import registry, rowsets
from feedsync.conf import settings
from feedsync.models import LANES, FeedState, Mark

TABLE = Mark._meta.db_table
MOST_ATTEMPTS = 32_767  # what the column holds
FIELDS = ("id", "feed", "object_pk", "lane", "key", "at", "attempts")


class Row(NamedTuple):
    """One mark, as light as can be: a batch has thousands."""

    id: int
    feed: str
    object_pk: str
    lane: int
    key: str | None
    at: dt.datetime
    attempts: int


def waiting(using: str) -> bool:
    """Whether there is any mark for a relay of this process; one look, no transaction."""
    return bool(_select(using, "1", [], 1))


def read(using: str, lanes: Collection[int], limit: int) -> list[Row]:
    """The oldest marks of these lanes."""
    if not lanes:
        return []
    _forget_received(using)
    some = sorted(lanes) if len(lanes) < LANES else []
    names = ", ".join(map(connections[using].ops.quote_name, FIELDS))
    return [Row(*row) for row in _select(using, names, some, limit, moment=FIELDS.index("at"))]


def _select(
    using: str, what: str, lanes: Sequence[int], limit: int, *, moment: int | None = None
) -> list[tuple[Any, ...]]:
    """Marks of other feeds stay: a relay of a newer release, or an older one, may know them. Those of paused ones, too
    (P7)."""
    labels = [feed.label for feed in registry.feeds()]
    if not labels:
        return []
    among, params = rowsets.among(using, labels)
    paused = f"SELECT feed FROM {FeedState._meta.db_table} WHERE paused_since IS NOT NULL"
    conditions = [f"feed {among}", f"feed NOT IN ({paused})"]
    if lanes:
        among, chosen = rowsets.among(using, lanes)
        conditions.append(f"lane {among}")
        params += chosen
    statement = f"SELECT {what} FROM {TABLE} WHERE {' AND '.join(conditions)} ORDER BY id LIMIT {limit:d}"
    return rowsets.fetch(using, statement, params, moment=moment)


def _forget_received(using: str) -> None:
    """Of feeds that are only received: marks from before they were declared so (P6)."""
    received = [feed.label for feed in registry.feeds() if settings().one_way_policy(feed.label)]
    if received:
        Mark.objects.using(using).filter(feed__in=received).delete()


def count_attempt(using: str, ids: Collection[int]) -> None:
    """Up to what the column holds: an outage may be long."""
    change = f"attempts = CASE WHEN attempts < {MOST_ATTEMPTS} THEN attempts + 1 ELSE attempts END"
    _execute(using, f"UPDATE {TABLE} SET {change}", ids)


def remove(using: str, ids: Collection[int], *, table: str = TABLE) -> None:
    _execute(using, f"DELETE FROM {table}", ids)


def _execute(using: str, statement: str, ids: Collection[int]) -> None:
    if ids:
        among, params = rowsets.among(using, list(ids))
        rowsets.execute(using, f"{statement} WHERE id {among}", params)
