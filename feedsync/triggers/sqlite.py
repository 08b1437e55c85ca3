"""Triggers of SQLite, which run for each row.

A trigger can't see the statement. Whoever writes unseen puts a row into `feedsync_unseen` and takes it out again, in
the same transaction: nobody else can write meanwhile, nobody sees it, and a crash takes it back (R20).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from feedsync.capture.plan import Kind
from feedsync.models import LANES
from feedsync.triggers.dialect import MARKS, PREFIX, Rows, Trigger, named, quoted

NEW = Rows(alias="NEW", source="")
OLD = Rows(alias="OLD", source="")
UNSEEN_TABLE = "feedsync_unseen"
LEFT_OVER = (f"DROP TABLE IF EXISTS {UNSEEN_TABLE}",)
CREATE_UNSEEN = f"CREATE TABLE IF NOT EXISTS {UNSEEN_TABLE} (id INTEGER PRIMARY KEY)"
INSTALLED = (
    f"SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, {len(PREFIX)}) = '{PREFIX}'"
)


def text(kind: str, column: str) -> str:
    if kind == "uuid":  # stored as 32 hexadecimal digits
        places = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        return " || '-' || ".join(f"substr({column}, {start}, {length})" for start, length in places)
    return f"CAST({column} AS TEXT)"


def json(kind: str, column: str) -> str:
    return f"json_quote({text(kind, column) if kind == 'uuid' else column})"


def lane(text: str) -> str:
    return f"coalesce(unicode(substr({text}, -1)), 0) % {LANES}"


def moved(columns: Sequence[str]) -> str:
    changed = " OR ".join(f"{OLD.column(column)} IS NOT {NEW.column(column)}" for column in columns)
    return f"({changed})"


def triggers(table: str, kind: Kind, selects: Sequence[str]) -> list[Trigger]:
    insertion = f"INSERT INTO {MARKS} (feed, object_pk, lane, key)\n" + "\nUNION ALL\n".join(selects)
    name = named(kind.value, table, insertion)
    create = (
        f"CREATE TRIGGER {quoted(name)} AFTER {kind.upper()} ON {quoted(table)}\n"
        f"WHEN NOT EXISTS (SELECT 1 FROM {UNSEEN_TABLE})\nBEGIN\n{insertion};\nEND"
    )
    return [Trigger(name=name, table=table, create=(CREATE_UNSEEN, create))]


def installed(cursor: Any) -> dict[str, str]:
    cursor.execute(INSTALLED)
    return dict(cursor.fetchall())


def drop(name: str, table: str) -> list[str]:
    return [f"DROP TRIGGER IF EXISTS {quoted(name)}"]


@contextmanager
def unseen(connection: Any) -> Iterator[None]:
    """Statements inside make no mark. Within a transaction, and not through Django's cursor, which we listen to."""
    connection.connection.execute(f"INSERT OR IGNORE INTO {UNSEEN_TABLE} VALUES (1)")
    try:
        yield
    finally:
        connection.connection.execute(f"DELETE FROM {UNSEEN_TABLE}")
