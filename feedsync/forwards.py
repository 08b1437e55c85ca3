"""Forward marks: what was applied here and is to be passed on, with the version and origin that it has (P7).

In: ledger entries, in the transaction that wrote them. Out: rows of `ForwardMark`, of which the relay makes pages. They
are no marks: nothing was edited here, and no new version is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feedsync import outbox, rowsets
from feedsync.conf import settings
from feedsync.ledger import Address, Entry
from feedsync.models import ForwardMark
from feedsync.rowsets import Columns

TABLE = ForwardMark._meta.db_table
COLUMNS = Columns(("feed", "key_hash", "version", "marked_at"), ("text", "text", "bigint", "bigint"))


def leave(using: str, entries: Iterable[Entry], marked_at: Mapping[Address, int]) -> None:
    """`entries`: what the ledger has learnt just now. `marked_at`: when the edits were made, where that is known.

    Inserted, never merged (R1). A forwarding tombstone needs none: its heir's change tells of the key that was left. Of
    a feed that is one-way here nothing is published (P6).
    """
    options = settings()
    if not options.forward:
        return
    rows = [
        (entry.feed, entry.key_hash, entry.version, marked_at.get(entry.address, 0))
        for entry in entries
        if not entry.successor and options.forwards_changes_of(entry.origin) and not options.one_way_policy(entry.feed)
    ]
    if rows:
        rowsets.write(using, COLUMNS, rows, into=TABLE)
        outbox.wake_after_commit(using)
