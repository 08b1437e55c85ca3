"""Before publishing: the ledger notes which row is about to be published under a key that it doesn't know, or knows
as buried.

Without it, a row that is published under a new key, and renamed again before the ledger was written (the relay died
in between), would leave that key alive in every replica: nobody would remember that it had ever been told.
"""

from __future__ import annotations

from django.db import transaction

from feedsync import ledger, rowsets
from feedsync.relay.plan import Plan
from feedsync.relay.reading import View
from feedsync.relay.worker import Worker
from feedsync.rowsets import Columns

FIELDS = ("feed", "key_hash", "key", "object_pk", "version", "origin", "content_hash", "successor")
COLUMNS = Columns(FIELDS, ("text", "text", "text", "text", "bigint", "text", "text", "text"))
# The key of another living row stays that row's: it has a mark of its own, which will say what became of it.
FREE_KEYS = f"""(feed, key_hash) DO UPDATE SET object_pk = excluded.object_pk
    WHERE {ledger.TABLE}.object_pk IS NULL"""


def announce(worker: Worker, planned: Plan, view: View) -> None:
    """One short transaction; versions stay as they are, so that the finishing one finds what was read."""
    rows = []
    for place, entry in sorted(planned.entries.items()):
        known = view.entries.get(place)
        if entry.object_pk is not None and (known is None or known.object_pk is None):
            rows.append((entry.feed, entry.key_hash, entry.key, entry.object_pk, 0, "", "", ""))
    if rows:
        with transaction.atomic(using=worker.using):
            rowsets.write(worker.using, COLUMNS, rows, into=ledger.TABLE, conflict=FREE_KEYS)
