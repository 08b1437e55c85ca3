"""Conflicts stored in the transaction that decided them by version, and forgotten when they are old."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from consumers.conflicts.noticing import Clash
from consumers.models import Conflict
from feedsync import registry
from feedsync.conf import settings
from feedsync.wire import json
from feedsync.wire.page import Change, decode_change, encode_change


def keep(using: str, clashes: Collection[Clash]) -> None:
    """Each loser once, however often its change comes."""
    if clashes:
        Conflict.objects.using(using).bulk_create(map(_row, clashes), ignore_conflicts=True)


def winner_of(row: Conflict) -> Change:
    return decode_change(json.loads(row.winner), feed=row.feed, origin=row.winner_origin)


def loser_of(row: Conflict) -> Change:
    return decode_change(json.loads(row.loser), feed=row.feed, origin=row.loser_origin)


def prune(using: str, now: dt.datetime) -> None:
    """Decided or not: what nobody looked at for so long is history."""
    oldest = now - dt.timedelta(days=settings().tombstone_days)
    Conflict.objects.using(using).filter(noticed_at__lt=oldest).delete()


def prune_all(now: dt.datetime) -> None:
    for alias in sorted({feed.alias for feed in registry.feeds()}):
        prune(alias, now)


def _row(clash: Clash) -> Conflict:
    winner, loser = clash
    return Conflict(
        feed=winner.feed,
        key=winner.key,
        key_hash=winner.key_hash,
        winner=_text(winner),
        winner_version=winner.version,
        winner_origin=winner.origin,
        loser=_text(loser),
        loser_version=loser.version,
        loser_origin=loser.origin,
    )


def _text(change: Change) -> str:
    return json.dumps(encode_change(change)).decode()
