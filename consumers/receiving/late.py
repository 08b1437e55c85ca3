"""Messages from beyond the horizon (P9): as old as that, an object may have been deleted since, and nobody remembers.

In: changes of such a message. Out: those that the ledger knows something of, which the gate judges as always; the
others are dead with the reason, not created. A message comes so late by a replay, or as a dead letter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from consumers import dead
from consumers.apply import Outcome
from feedsync import clock, horizon, ledger
from feedsync.ledger import Address
from feedsync.snapshot import group_by_feed
from feedsync.wire.page import Change

REASON = "It is older than TOMBSTONE_DAYS and unknown here: it may have been deleted since. A pull of its source tells."


def is_late(heard_at: float, now: dt.datetime) -> bool:
    """`heard_at`: seconds since 1970, when it was published; 0 for unknown, when each change's version tells."""
    return heard_at < horizon.begins(now).timestamp()


def judged(using: str, changes: Sequence[Change], now: dt.datetime, outcome: Outcome) -> list[Change]:
    """Without those that are dead now."""
    floor = clock.at(int(horizon.begins(now).timestamp() * 1000))
    old = [change for change in changes if change.version < floor]
    known = _known(using, old)
    unknown = [change for change in old if (change.feed, change.key_hash) not in known]
    for change in unknown:
        dead.bury(using, change, REASON)
    outcome.dead += len(unknown)
    buried = set(map(id, unknown))
    return [change for change in changes if id(change) not in buried]


def _known(using: str, changes: Sequence[Change]) -> set[Address]:
    grouped = group_by_feed((change.feed, change.key_hash) for change in changes)
    entries = [entry for feed, hashes in grouped.items() for entry in ledger.read(using, feed, hashes).values()]
    return {entry.address for entry in entries if entry.version}
