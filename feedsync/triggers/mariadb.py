"""Triggers of MariaDB, which run for each row; not for what a foreign key's cascade does, as MariaDB documents.

A trigger keeps the SQL mode of its making, so it is made in one that reads `"` and `||` as the standard does. Whoever
writes unseen sets a variable of the session while the statement runs (R20).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from feedsync.capture.plan import Kind
from feedsync.models import LANES
from feedsync.triggers.dialect import MARKS, PREFIX, Rows, Trigger, named, quoted

NEW = Rows(alias="NEW", source="FROM DUAL")
OLD = Rows(alias="OLD", source="FROM DUAL")
LEFT_OVER: tuple[str, ...] = ()
STANDARD = (
    "SET @feedsync_mode = @@SESSION.sql_mode",
    "SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES,PIPES_AS_CONCAT')",
)
AS_BEFORE = ("SET SESSION sql_mode = @feedsync_mode",)
INSTALLED = f"""
SELECT trigger_name, event_object_table FROM information_schema.triggers
WHERE trigger_schema = DATABASE() AND LEFT(trigger_name, {len(PREFIX)}) = '{PREFIX}'"""


def text(kind: str, column: str) -> str:
    return f"CAST({column} AS CHAR)"


def json(kind: str, column: str) -> str:
    if kind == "integer":
        return text(kind, column)
    # Control characters are spelled in upper case here: then the key can't be told.
    return f"IF({column} REGEXP '[[:cntrl:]]', NULL, JSON_QUOTE({text(kind, column)}))"


def lane(text: str) -> str:
    """The code point of the last character, of which UTF-32 is the spelling."""
    return f"MOD(COALESCE(CONV(HEX(CONVERT(RIGHT({text}, 1) USING utf32)), 16, 10), 0), {LANES})"


def moved(columns: Sequence[str]) -> str:
    same = " AND ".join(f"{OLD.column(column)} <=> {NEW.column(column)}" for column in columns)
    return f"NOT ({same})"


def triggers(table: str, kind: Kind, selects: Sequence[str]) -> list[Trigger]:
    insertion = f"INSERT INTO {MARKS} (feed, object_pk, lane, {quoted('key')})\n" + "\nUNION ALL\n".join(selects)
    name = named(kind.value, table, insertion)
    create = (
        f"CREATE TRIGGER {quoted(name)} AFTER {kind.upper()} ON {quoted(table)} FOR EACH ROW\n"
        f"IF @feedsync_unseen IS NULL THEN\n{insertion};\nEND IF"
    )
    return [Trigger(name=name, table=table, create=(*STANDARD, create, *AS_BEFORE))]


def installed(cursor: Any) -> dict[str, str]:
    cursor.execute(INSTALLED)
    return dict(cursor.fetchall())


def drop(name: str, table: str) -> list[str]:
    return [f"DROP TRIGGER IF EXISTS `{name}`"]


@contextmanager
def unseen(connection: Any) -> Iterator[None]:
    """Statements of this connection inside make no mark. Not through Django's cursor, which we listen to."""
    _set(connection, "1")
    try:
        yield
    finally:
        _set(connection, "NULL")


def _set(connection: Any, value: str) -> None:
    with connection.connection.cursor() as cursor:
        cursor.execute(f"SET @feedsync_unseen = {value}")
