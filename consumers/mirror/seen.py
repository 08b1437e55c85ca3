"""Which objects a mirror's stream brought: a table of the pull, a statement a chunk, emptied afterwards (P5).

Noted before the chunk is applied: a key too many only keeps an object, and a repeated chunk notes nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import router
from django.db.models import Min

from consumers.models import SeenKey
from feedsync import natural_keys, rowsets
from feedsync.anyof import any_of
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict
from feedsync.wire.page import Change

COLUMNS = Columns(("pull_id", "feed", "key_hash"), ("bigint", "text", "text"))
NOTED = Conflict(on=COLUMNS.names)
BATCH = 20_000


def note(pull_id: int, changes: Iterable[Change], *, rehearsed: bool = False) -> None:
    """`rehearsed`: nothing is written, so that what goes, or gets another key, is still there: these are dealt with."""
    found = {(change.feed, change.key_hash) for change in changes if rehearsed or not change.deleted}
    if rehearsed:
        found |= {(change.feed, natural_keys.digest(key)) for change in changes for key in change.former}
    rows = [(pull_id, *place) for place in sorted(found)]
    using = router.db_for_write(SeenKey)
    rowsets.write(using, COLUMNS, rows, into=SeenKey._meta.db_table, conflict=NOTED)


def unseen(pull_id: int, feed: str, keys: Collection[str]) -> set[str]:
    """Which of these keys the stream didn't bring."""
    hashes = {natural_keys.digest(key): key for key in keys}
    using = router.db_for_write(SeenKey)
    rows = SeenKey.objects.using(using).filter(any_of(using, "key_hash", hashes), pull=pull_id, feed=feed)
    return set(keys) - {hashes[key_hash] for key_hash in rows.values_list("key_hash", flat=True)}


def forget(pull_id: int) -> None:
    """Some thousands at a time, so that no statement holds others up."""
    rows = SeenKey.objects.using(router.db_for_write(SeenKey)).filter(pull=pull_id)
    while (first := rows.aggregate(first=Min("id"))["first"]) is not None:
        rows.filter(id__lt=first + BATCH)._raw_delete(rows.db)
