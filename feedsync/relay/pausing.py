"""A feed that goes back and forth is paused (P7): two environments whose handlers each write over what the other wrote.

In: what the finishing transaction enters into the ledger. Out: a pause, once one object has changed hands too often
within a short time; the feed's marks stay, and nothing of it is published here until a person resumes it. Costs a look
only where a version of somebody else, given a moment ago, is written over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone

from feedsync import clock, natural_keys
from feedsync.conf import settings
from feedsync.ledger import Address, Entry
from feedsync.models import Alternation, FeedState

WINDOW_MILLISECONDS = 60_000  # between two changes of hands, at most


def count(using: str, done: Collection[Entry], known: Mapping[Address, Entry]) -> None:
    """Inside the finishing transaction, which holds the ledger rows."""
    limit = settings().max_alternations
    taken = [entry for entry in done if limit and _takes_over(entry, known.get(entry.address))]
    by_feed: dict[str, list[Entry]] = {}
    for entry in taken:
        by_feed.setdefault(entry.feed, []).append(entry)
    for feed, entries in by_feed.items():
        counts = _counted(using, feed, entries)
        worst = max(entries, key=lambda entry: counts[entry.key_hash])
        if counts[worst.key_hash] >= limit:
            pause(using, worst, known[worst.address].origin, counts[worst.key_hash])


def pause(using: str, entry: Entry, other: str, number: int) -> None:
    key = natural_keys.readable(entry.key)[:200]
    because = f"{key} went back and forth with {other} {number} times"
    FeedState.objects.using(using).update_or_create(
        feed=entry.feed, defaults={"paused_since": timezone.now(), "paused_because": because[:300]}
    )


def resume(using: str, feed: str) -> bool:
    """Publish what waits, and count from nothing; whether it was paused."""
    with transaction.atomic(using=using):
        Alternation.objects.using(using).filter(feed=feed).delete()
        paused = FeedState.objects.using(using).filter(feed=feed, paused_since__isnull=False)
        return bool(paused.update(paused_since=None, paused_because=""))


def _takes_over(entry: Entry, before: Entry | None) -> bool:
    """Whether it is written over a version that somebody else gave a moment ago."""
    if before is None or before.origin in ("", entry.origin):
        return False
    return clock.milliseconds(entry.version) - clock.milliseconds(before.version) < WINDOW_MILLISECONDS


def _counted(using: str, feed: str, entries: Collection[Entry]) -> dict[str, int]:
    """{key hash: how often in a row}."""
    rows = Alternation.objects.using(using).filter(feed=feed, key_hash__in=[entry.key_hash for entry in entries])
    before = {row.key_hash: row for row in rows}
    counts = {entry.key_hash: _next(entry, before.get(entry.key_hash)) for entry in entries}
    rows.delete()
    Alternation.objects.using(using).bulk_create(
        Alternation(feed=feed, key_hash=entry.key_hash, version=entry.version, number=counts[entry.key_hash])
        for entry in entries
    )
    return counts


def _next(entry: Entry, before: Alternation | None) -> int:
    if before is None:
        return 1
    age = clock.milliseconds(entry.version) - clock.milliseconds(before.version)
    return before.number + 1 if age < WINDOW_MILLISECONDS else 1
