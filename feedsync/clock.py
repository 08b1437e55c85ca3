"""Versions: a hybrid logical clock, one row a database. A version only grows (invariant 3).

A version is a 64 bit integer, milliseconds since 1970 shifted left by 16, plus a counter. `reserve` gives one that is
above everything that this database has given, above the wall clock's last reading and above what the caller has seen.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from feedsync import rowsets
from feedsync.conf import settings
from feedsync.errors import WrongDatabase
from feedsync.models import Clock
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict

COLUMNS = Columns(
    ("id", "last", "genesis", "incarnation", "environment"), ("smallint", "bigint", "bigint", "text", "text")
)
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
    found = Clock.objects.using(using).filter(id=1).first()
    if found is not None:
        return found
    start = at(now())
    fresh = (1, start, start, uuid.uuid4().hex, settings().environment)
    rowsets.write(using, COLUMNS, [fresh], into=Clock._meta.db_table, conflict=Conflict(on=("id",)))
    return Clock.objects.using(using).get(id=1)


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
    floor = Greatest(F("last"), Value(at(now())), Value(above)) + STEP
    if not Clock.objects.using(using).filter(id=1).update(last=floor):
        read(using, now)
        Clock.objects.using(using).filter(id=1).update(last=floor)
    version: int = Clock.objects.using(using).values_list("last", flat=True).get(id=1)
    return version
