"""Rows that went away past the capture: the ledger still shows them alive. Looked for only where a feed is unchecked
(R7).

In: a feed that was exported to its end. Out: a deletion mark for each such object; the relay looks at the key again
before it publishes a deletion (R11).
"""

from __future__ import annotations

from feedsync import outbox, primary_keys, snapshot
from feedsync.anyof import any_of
from feedsync.models import LedgerEntry
from feedsync.registry import Feed
from feedsync.shape import shape_of

BATCH = 2_000


def mark(feed: Feed) -> int:
    """Marks what is missing, a batch of the ledger at a time; answers how many."""
    total, last = 0, 0
    known = LedgerEntry.objects.using(feed.alias).filter(feed=feed.label, deleted_at=None, version__gt=0)
    while True:
        batch = list(known.filter(id__gt=last).order_by("id").values_list("id", "object_pk", "key")[:BATCH])
        if not batch:
            return total
        last = batch[-1][0]
        missing = _missing(feed, {pk: key for _, pk, key in batch if pk is not None})
        outbox.mark(feed.alias, feed.label, missing)
        total += len(missing)


def _missing(feed: Feed, keys: dict[str, str]) -> list[tuple[str, str | None]]:
    shape = shape_of(feed)
    wanted = any_of(feed.alias, "pk", [shape.pk_value(pk) for pk in keys])
    there = set(map(primary_keys.text, primary_keys.read(snapshot.rows(feed, feed.alias).filter(wanted))))
    return [(pk, key) for pk, key in keys.items() if pk not in there]
