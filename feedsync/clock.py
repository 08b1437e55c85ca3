"""Versions: a hybrid logical clock, one row a database. A version only grows (invariant 3).

A version is a 64 bit integer, milliseconds since 1970 shifted left by 16, plus a counter. `reserve` gives one that is
above everything that this database has given, above the wall clock's last reading and above what the caller has seen.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from django.db import transaction

from feedsync import rowsets
from feedsync.conf import settings
from feedsync.errors import WrongDatabase
from feedsync.models import Clock
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict

COLUMNS = Columns(
    ("id", "last", "genesis", "incarnation", "environment"), ("smallint", "bigint", "bigint", "text", "text")
)
TABLE = Clock._meta.db_table
COUNTER_BITS = 16
STEP = 2  # a rename buries its old key one below its own version, so that another object may take the key at once
Milliseconds = Callable[[], int]


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def at(milliseconds: int) -> int:
    """The lowest version of a millisecond."""
    return milliseconds << COUNTER_BITS


def milliseconds(version: int) -> int:
    return version >> COUNTER_BITS


def read(using: str, now: Milliseconds = wall_clock) -> Clock:
    """The database's clock row, made on first use; the moment it is made is the genesis (R26)."""
    found = _rows(using)
    if found:
        return found[0]
    start = at(now())
    fresh = (1, start, start, uuid.uuid4().hex, settings().environment)
    rowsets.write(using, COLUMNS, [fresh], into=TABLE, conflict=Conflict(on=("id",)))
    return _rows(using)[0]


def _rows(using: str) -> list[Clock]:
    """The only one, or none."""
    rows = rowsets.fetch(using, f"SELECT {', '.join(COLUMNS.names)} FROM {TABLE}")
    return [Clock.from_db(using, COLUMNS.names, row) for row in rows]


def own(using: str, now: Milliseconds = wall_clock) -> Clock:
    """The clock row of a database that is this environment's; raises WrongDatabase for a copy of another's (P10)."""
    clock = read(using, now)
    mine = settings().environment
    if clock.environment not in ("", mine):
        raise WrongDatabase(
            f"The database {using!r} belongs to {clock.environment!r}, and this is {mine!r}: if it is a copy, run "
            "`manage.py feedsync_setup --adopt`."
        )
    return clock


def reserve(using: str, *, above: int = 0, now: Milliseconds = wall_clock) -> int:
    """A version above every one given or shown; holds the clock row until the caller's transaction ends."""
    if not transaction.get_connection(using).in_atomic_block:
        raise transaction.TransactionManagementError("clock.reserve() needs the caller's transaction.")
    floor = max(at(now()), above)
    if not _raise(using, floor):
        read(using, now)
        _raise(using, floor)
    version: int = rowsets.fetch(using, f"SELECT last FROM {TABLE}")[0][0]
    return version


def _raise(using: str, floor: int) -> bool:
    """Whether there is a clock."""
    statement = f"UPDATE {TABLE} SET last = CASE WHEN last > %s THEN last ELSE %s END + {STEP}"
    return bool(rowsets.execute(using, statement, [floor, floor]))
