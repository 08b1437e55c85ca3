"""The ledger: what this database knows of each object, by (feed, key hash).

`placeholders` then `lock` give every caller the same rows in the same order (R15); `put` writes what is newer and never
lets a version go down; `insert_missing` gives an object its first entry (R26). Everything is set-wise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from feedsync import natural_keys, rowsets
from feedsync.models import LedgerEntry
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict
from feedsync.wire import json

TABLE = LedgerEntry._meta.db_table
FIELDS = (
    "feed", "key_hash", "key", "object_pk", "version", "origin", "content_hash", "deleted_at", "successor", "buried"
)  # fmt: skip
COLUMNS = Columns(FIELDS, ("text", "text", "text", "text", "bigint", "text", "text", "timestamptz", "text", "bigint"))
NAMES = Columns(FIELDS[:2], COLUMNS.types[:2])
BLANK = Columns(FIELDS[:3], COLUMNS.types[:3])
DELETED_AT = FIELDS.index("deleted_at")
Address = tuple[str, str]  # (feed label, key hash)

UNIQUE = ("feed", "key_hash")
BY_KEY = f"{TABLE} FORCE INDEX (feedsync_ledger_key)"
FOR_UPDATE = "ORDER BY feed, key_hash FOR UPDATE"
KNOWN_STAYS = Conflict(on=UNIQUE)
NEWER_WINS = Conflict(
    on=UNIQUE,
    update={
        "buried": "CASE WHEN new.buried > old.buried THEN new.buried ELSE old.buried END",
        **{
            name: f"new.{name}"
            for name in ("object_pk", "content_hash", "deleted_at", "successor", "origin", "version")
        },
    },
    when="(old.version, old.origin) <= (new.version, new.origin)",
)
LATER_DELETION = Conflict(on=UNIQUE, update={"buried": "new.buried"}, when="old.buried < new.buried")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger. Version 0 and no origin: a placeholder, nothing is known yet."""

    feed: str
    key_hash: str
    key: str
    object_pk: str | None = None
    version: int = 0
    origin: str = ""
    content_hash: str = ""
    deleted_at: dt.datetime | None = None
    successor: str = ""
    buried: int = 0

    @classmethod
    def of(cls, feed: str, key: str, **values: Any) -> Entry:
        return cls(feed=feed, key=key, key_hash=natural_keys.digest(key), **values)

    @property
    def address(self) -> Address:
        return (self.feed, self.key_hash)

    @property
    def rank(self) -> tuple[int, str]:
        return (self.version, self.origin)

    @property
    def tombstone(self) -> bool:
        return self.deleted_at is not None


def read(using: str, feed: str, key_hashes: Iterable[str]) -> dict[str, Entry]:
    """{key hash: entry} of what is known."""
    return {entry.key_hash: entry for entry in _select(using, feed, "key_hash", key_hashes)}


def of_pks(using: str, feed: str, object_pks: Iterable[str]) -> list[Entry]:
    """Every entry that points to one of these rows, tombstones included."""
    return _select(using, feed, "object_pk", object_pks)


def forwards(using: str, feed: str, key_hashes: Iterable[str]) -> list[Entry]:
    """Forwarding tombstones that lead to one of these keys (P3)."""
    # The literal: a database uses a partial index only where it sees the index's condition.
    return _select(using, feed, "successor", key_hashes, ending="AND successor > ''")


def _select(
    using: str, feed: str, column: str, values: Iterable[str], *, source: str = TABLE, ending: str = ""
) -> list[Entry]:
    wanted = list(dict.fromkeys(values))
    if not wanted:
        return []
    connection = connections[using]
    fields = ", ".join(map(connection.ops.quote_name, FIELDS))
    if connection.vendor == "postgresql":
        params: list[Any] = [json.dumps(wanted).decode(), feed]
        # OFFSET 0: an index look-up for each, whatever the planner thinks. While a table grows by a hundred thousand
        # rows its statistics are those of an empty one, and each chunk would walk through all of the feed.
        statement = (
            f"SELECT {fields} FROM json_array_elements_text(%s::json) AS wanted(value) CROSS JOIN LATERAL "
            f"(SELECT {fields} FROM {TABLE} WHERE feed = %s AND {column} = wanted.value {ending} OFFSET 0) AS found"
        )
    else:
        among, values_found = rowsets.among(using, wanted)
        params = [feed, *values_found]
        statement = f"SELECT {fields} FROM {source} WHERE feed = %s AND {column} {among} {ending}"
    return [_entry(row) for row in rowsets.fetch(using, statement, params, moment=DELETED_AT)]


def claim(using: str, entries: Collection[Entry]) -> dict[Address, Entry]:
    """`placeholders`, then `lock`; what was made just now is nobody else's already."""
    fresh = placeholders(using, entries)
    made = {entry.address: Entry(entry.feed, entry.key_hash, entry.key) for entry in entries if entry.address in fresh}
    return made | lock(using, {entry.address for entry in entries} - fresh)


def placeholders(using: str, entries: Iterable[Entry]) -> set[Address]:
    """Rows for objects that have none, version 0, in address order (R15); answers which, where the database tells."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        insert_missing(using, entries)
        return set()
    rows = sorted((entry.feed, entry.key_hash, entry.key) for entry in entries)
    if not rows:
        return set()
    with connection.cursor() as cursor:
        # Most objects are known: looking first is cheaper than a conflict, which burns an id and a tuple.
        cursor.execute(
            f"INSERT INTO {TABLE} (feed, key_hash, key, version, origin, content_hash, successor) "
            f"SELECT feed, key_hash, key, 0, '', '', '' FROM {rowsets.recordset(BLANK)} WHERE NOT EXISTS "
            f"(SELECT 1 FROM {TABLE} e WHERE e.feed = r.feed AND e.key_hash = r.key_hash) "
            "ON CONFLICT (feed, key_hash) DO NOTHING RETURNING feed, key_hash",
            [rowsets.encoded(BLANK, rows)],
        )
        return set(cursor.fetchall())


def insert_missing(using: str, entries: Iterable[Entry]) -> None:
    """Entries for objects that have none; existing ones stay as they are."""
    ordered = sorted(entries, key=lambda entry: entry.address)
    rowsets.write(using, COLUMNS, (_row(using, entry) for entry in ordered), into=TABLE, conflict=KNOWN_STAYS)


def put(using: str, entries: Iterable[Entry]) -> None:
    """Write entries; one that is older than what stands there changes nothing (invariant 3)."""
    ordered = sorted(entries, key=lambda entry: entry.address)
    rowsets.write(using, COLUMNS, (_row(using, entry) for entry in ordered), into=TABLE, conflict=NEWER_WINS)


def bury(using: str, entries: Iterable[Entry]) -> None:
    """Remember deletions, `buried`, that came too late to end what has the key now."""
    ordered = sorted(entries, key=lambda entry: entry.address)
    rowsets.write(using, COLUMNS, (_row(using, entry) for entry in ordered), into=TABLE, conflict=LATER_DELETION)


def burials(using: str, feed: str, key_hashes: Iterable[str]) -> list[Entry]:
    """Entries of living objects whose key was deleted before."""
    return _select(using, feed, "key_hash", key_hashes, ending="AND buried > 0 AND object_pk IS NOT NULL")


def lock(using: str, addresses: Collection[Address]) -> dict[Address, Entry]:
    """Existing entries, locked in address order until the caller's transaction ends.

    SQLite has one writer: the transaction holds the lock already (IMMEDIATE, or the placeholders written before).
    """
    if not addresses:
        return {}
    ordered = sorted(set(addresses))
    fields = ", ".join(f"e.{field}" for field in FIELDS)
    connection = connections[using]
    if connection.vendor != "postgresql":
        return {entry.address: entry for feed, hashes in _by_feed(ordered) for entry in _locked(using, feed, hashes)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {fields} FROM {TABLE} e JOIN {rowsets.recordset(NAMES)} "
            "USING (feed, key_hash) ORDER BY e.feed, e.key_hash FOR UPDATE OF e",
            [rowsets.encoded(NAMES, ordered)],
        )
        return {entry.address: entry for entry in map(_entry, cursor.fetchall())}


def _by_feed(addresses: Iterable[Address]) -> Iterable[tuple[str, list[str]]]:
    by_feed: dict[str, list[str]] = {}
    for feed, key_hash in addresses:
        by_feed.setdefault(feed, []).append(key_hash)
    return by_feed.items()


def _locked(using: str, feed: str, key_hashes: Sequence[str]) -> list[Entry]:
    """MariaDB locks what it looks at: all of a table that it walks through, should it think that cheaper."""
    connection = connections[using]
    if connection.vendor == "mysql":
        return _select(using, feed, "key_hash", key_hashes, source=BY_KEY, ending=FOR_UPDATE)
    return _select(using, feed, "key_hash", key_hashes)


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(*row)


def _row(using: str, entry: Entry) -> tuple[Any, ...]:
    adapt = connections[using].ops.adapt_datetimefield_value
    buried = max(entry.buried, entry.version if entry.tombstone and not entry.successor else 0)
    return (*(getattr(entry, name) for name in FIELDS[:7]), adapt(entry.deleted_at), entry.successor, buried)
