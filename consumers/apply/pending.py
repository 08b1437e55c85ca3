"""Local edits that were not relayed yet count like changes of this environment at the time of their mark (P1).

In: local rows, locked by the caller, so that a writer's mark is either here or the writer waits. Out: the version
that a row's or a key's youngest local edit counts as. An edit that left the registered state as the ledger knows it
doesn't count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connections

from consumers.apply.gate import Gate
from feedsync import clock, rowsets
from feedsync.conf import settings
from feedsync.ledger import Entry
from feedsync.models import LedgerEntry, Mark
from feedsync.registry import Feed
from feedsync.snapshot import State
from feedsync.wire.page import Change


class Pending:
    """Unrelayed marks of some objects of one feed."""

    def __init__(self, feed: Feed, using: str, object_pks: Collection[str]) -> None:
        self.feed = feed
        self.edited: dict[str, int] = {}  # {primary key text: version that the edit counts as}
        self.deleted: dict[tuple[str, str], int] = {}  # {(primary key text, key): version that the deletion counts as}
        if settings().one_way_policy(feed.label):
            return  # what is only received here has no edits that count (P6)
        rows = _marks(using, feed.label, list(object_pks)) if object_pks else []
        # An attempt may have been published although nobody knows: with a version up to the clock's last.
        given = clock.read(using).last if any(attempts for *_, attempts in rows) else 0
        for object_pk, key, at, attempts in rows:
            version = max(clock.at(int(at.timestamp() * 1000)), given if attempts else 0)
            if key is None:
                self.edited[object_pk] = version
            else:
                self.deleted[object_pk, key] = version

    def wins(self, change: Change, state: State | None, gate: Gate) -> bool:
        """Whether a local edit or deletion is younger than the change, so that the change has to step back."""
        entry = gate.entry(change.feed, change.key)
        version = self.version(change, state, gate)
        if version is None:
            return False
        return change.rank == entry.rank or (version, settings().environment) > change.rank

    def version(self, change: Change, state: State | None, gate: Gate) -> int | None:
        """Of the local edit or deletion that isn't relayed yet; None where there is none."""
        entry = gate.entry(change.feed, change.key)
        if state is None:
            pk = entry.object_pk or ""  # a trigger can't always tell the key
            return self.deleted.get((pk, change.key), self.deleted.get((pk, "")))
        known = gate.entry(change.feed, state.key)
        unchanged = known.content_hash != "" and known.content_hash == state.content_hash()
        return None if unchanged else self.edited.get(state.pk_text)

    def renamed(self, entry: Entry) -> bool:
        """Whether the row that the ledger knows under a key may have another key by a local edit."""
        pk = entry.object_pk or ""
        gone = (pk, entry.key) in self.deleted or (pk, "") in self.deleted
        return not entry.tombstone and pk in self.edited and not gone


def _marks(using: str, label: str, object_pks: Sequence[str]) -> list[tuple[Any, ...]]:
    quote = connections[using].ops.quote_name
    among, params = rowsets.among(using, object_pks)
    fields = ", ".join(map(quote, ("object_pk", "key", "at", "attempts")))
    statement = f"SELECT {fields} FROM {Mark._meta.db_table} WHERE feed = %s AND object_pk {among} ORDER BY id"
    return rowsets.fetch(using, statement, [label, *params], moment=2)


def object_pks(changes: Iterable[Change], gate: Gate) -> set[str]:
    """Where the ledger says that these objects lie."""
    entries = (gate.entry(change.feed, change.key) for change in changes)
    return {entry.object_pk for entry in entries if entry.object_pk is not None and not entry.tombstone}


def make_published(using: str, changes: Iterable[Change]) -> None:
    """The local edit won: forget the hash, so that the relay publishes it even if it is edited back."""
    by_feed: dict[str, list[str]] = {}
    for change in changes:
        by_feed.setdefault(change.feed, []).append(change.key_hash)
    for label, hashes in by_feed.items():
        LedgerEntry.objects.using(using).filter(feed=label, key_hash__in=hashes).update(content_hash="")
