"""Before publishing: the ledger notes which row is about to be published under a key that it doesn't know, or knows
as buried.

Without it, a row that is published under a new key, and renamed again before the ledger was written (the relay died
in between), would leave that key alive in every replica: nobody would remember that it had ever been told.

Two relays may have read one row under two keys. Each announces its key and then looks, under the ledger's locks, so
that whoever comes second sees the other's key, here or in its finishing transaction, and reads again.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from feedsync import ledger, rowsets
from feedsync.ledger import Entry
from feedsync.relay.plan import Plan
from feedsync.relay.reading import View
from feedsync.relay.reservation import Name
from feedsync.relay.worker import Worker
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict

FIELDS = ("feed", "key_hash", "key", "object_pk", "version", "origin", "content_hash", "successor")
COLUMNS = Columns(FIELDS, ("text", "text", "text", "text", "bigint", "text", "text", "text"))
# The key of another living row stays that row's: it has a mark of its own, which will say what became of it.
FREE_KEYS = Conflict(on=ledger.UNIQUE, update={"object_pk": "new.object_pk"}, when="old.object_pk IS NULL")


def announce(worker: Worker, planned: Plan, view: View) -> bool:
    """One short transaction; versions stay as they are, so that the finishing one finds what was read.

    False: another relay came in between, and told or is about to tell of one of these rows.
    """
    rows = []
    for place, entry in sorted(planned.entries.items()):
        known = view.entries.get(place)
        if entry.object_pk is not None and (known is None or known.object_pk is None):
            rows.append((entry.feed, entry.key_hash, entry.key, entry.object_pk, 0, "", "", ""))
    if not rows:
        return True
    with transaction.atomic(using=worker.using):
        rowsets.write(worker.using, COLUMNS, rows, into=ledger.TABLE, conflict=FREE_KEYS)
        told = {(feed, key_hash) for feed, key_hash, *_ in rows}
        alive = living(worker.using, ((feed, pk) for feed, _, _, pk, *_ in rows))
        locked = ledger.lock(worker.using, [entry.address for entry in alive if entry.address not in told])
        return all(_as_read(entry, view) for entry in locked.values())


def living(using: str, names: Iterable[Name]) -> list[Entry]:
    """Ledger entries of keys that these rows are known under."""
    by_feed: dict[str, set[str]] = {}
    for feed, pk in names:
        by_feed.setdefault(feed, set()).add(pk)
    return [entry for feed, pks in by_feed.items() for entry in ledger.of_pks(using, feed, pks)]


def _as_read(entry: Entry, view: View) -> bool:
    known = view.entries.get(entry.address)
    return known is not None and known.rank == entry.rank
