"""Leases on lanes: who relays which objects right now, so that several relays don't do the same work.

Called inside the reserving transaction. A relay that stalls past its lease loses the lane and nothing else (R8).
`token` grows with each taking.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import connections, transaction

from feedsync import rowsets
from feedsync.models import LANES, Lease
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict

LEASE_SECONDS = 10
COLUMNS = Columns(("name", "holder", "token", "until"), ("text", "text", "bigint", "timestamptz"))
TABLE = Lease._meta.db_table
TAKE = Conflict(on=("name",), update={"holder": "new.holder", "until": "new.until", "token": "old.token + 1"})


def moment(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC)


def free(using: str, holder: str, now: int) -> set[int]:
    """Lanes that nobody else holds. Their rows stay locked, so that two relays choose one after the other."""
    names = {_name(lane): lane for lane in range(LANES)}
    among, params = rowsets.among(using, list(names))
    locked = "FOR UPDATE" if connections[using].features.has_select_for_update else ""
    statement = f"SELECT name, holder, until FROM {TABLE} WHERE name {among} ORDER BY name {locked}"
    leases = rowsets.fetch(using, statement, params, moment=2)
    taken = {name for name, whose, until in leases if whose != holder and until > moment(now)}
    return {lane for name, lane in names.items() if name not in taken}


def take(using: str, holder: str, lanes: Collection[int], now: int) -> None:
    until = moment(now + LEASE_SECONDS * 1000)
    rows = [(_name(lane), holder, 1, rowsets.moment(using, until)) for lane in sorted(lanes)]
    rowsets.write(using, COLUMNS, rows, into=TABLE, conflict=TAKE)


def seize(using: str, name: str, holder: str, now: int, *, seconds: int = LEASE_SECONDS) -> bool:
    """A lease that is no lane's, in a transaction of its own; whether nobody else has it. Without holder nobody gives
    it back, so that what it stands for happens once in so many seconds."""
    with transaction.atomic(using=using):
        lease = Lease.objects.using(using).filter(name=name).select_for_update().first()
        if lease is not None and (not holder or lease.holder != holder) and lease.until > moment(now):
            return False
        until = rowsets.moment(using, moment(now + seconds * 1000))
        rowsets.write(using, COLUMNS, [(name, holder, 1, until)], into=TABLE, conflict=TAKE)
        return True


def give_back(using: str, name: str, holder: str) -> None:
    Lease.objects.using(using).filter(name=name, holder=holder).update(until=moment(0))


def held(using: str, holder: str, lanes: Collection[int], now: int) -> bool:
    """Whether all of these lanes are still this holder's."""
    mine = Lease.objects.using(using).filter(name__in=map(_name, lanes), holder=holder, until__gt=moment(now))
    return mine.count() == len(set(lanes))


def release(using: str, holder: str, lanes: Collection[int]) -> None:
    """Give lanes back; what another holder took over meanwhile stays theirs."""
    if lanes:
        among, params = rowsets.among(using, [_name(lane) for lane in lanes])
        statement = f"UPDATE {TABLE} SET until = %s WHERE name {among} AND holder = %s"
        rowsets.execute(using, statement, [rowsets.moment(using, moment(0)), *params, holder])


def _name(lane: int) -> str:
    return f"relay:{lane}"
