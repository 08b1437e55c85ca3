"""Triggers of PostgreSQL: once a statement, with its rows as transition tables.

What apply writes begins with a comment, which `current_query` shows: no mark (R20). The functions run with the rights
of whoever installed them, so that other users of the database need none for feedsync's tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from feedsync.capture.plan import Kind
from feedsync.capture.raw import UNSEEN
from feedsync.models import LANES
from feedsync.triggers.dialect import MARKS, PREFIX, Rows, Trigger, literal, named, quoted

NEW = Rows(alias="r", source="FROM feedsync_new r")
OLD = Rows(alias="r", source="FROM feedsync_old r")
TABLES = {
    Kind.INSERT: "REFERENCING NEW TABLE AS feedsync_new",
    Kind.UPDATE: "REFERENCING OLD TABLE AS feedsync_old NEW TABLE AS feedsync_new",
    Kind.DELETE: "REFERENCING OLD TABLE AS feedsync_old",
}
LEFT_OVER: tuple[str, ...] = ()
TRUNCATE = "truncate"
INSTALLED = f"""
SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgname LIKE '{PREFIX.replace("_", chr(92) + "_")}%'
AND pg_table_is_visible(c.oid)"""


def text(kind: str, column: str) -> str:
    return f"{column}::text"


def json(kind: str, column: str) -> str:
    return f"to_json({column}{'::text' if kind == 'text' else ''})::text"


def lane(text: str) -> str:
    return f"mod(ascii(right({text}, 1)), {LANES})"


def moved(columns: Sequence[str]) -> str:
    same = " AND ".join(f"n.{quoted(column)} = r.{quoted(column)}" for column in columns)
    return f"NOT EXISTS (SELECT 1 FROM feedsync_new n WHERE {same})"


def triggers(table: str, kind: Kind, selects: Sequence[str]) -> list[Trigger]:
    made = [_trigger(table, kind.value, f"AFTER {kind.upper()}", TABLES[kind], selects)]
    if kind is Kind.DELETE:
        # All rows go, and no transition table has them: they are read before.
        all_rows = [select.replace(OLD.source, f"FROM {quoted(table)} r") for select in selects]
        made.append(_trigger(table, TRUNCATE, "BEFORE TRUNCATE", "", all_rows))
    return made


def _trigger(table: str, kind: str, moment: str, tables: str, selects: Sequence[str]) -> Trigger:
    insertion = f"INSERT INTO {MARKS} (feed, object_pk, lane, key)\n" + "\nUNION ALL\n".join(selects)
    body = (
        f"BEGIN\nIF starts_with(current_query(), {literal(UNSEEN.strip())}) THEN RETURN NULL; END IF;\n{insertion};\n"
        "RETURN NULL;\nEND"
    )
    name = named(kind, table, body)
    function = (
        f"CREATE OR REPLACE FUNCTION {quoted(name)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n"
        f"SET search_path FROM CURRENT AS $feedsync$\n{body}\n$feedsync$"
    )
    trigger = (
        f"CREATE TRIGGER {quoted(name)} {moment} ON {quoted(table)} {tables}\n"
        f"FOR EACH STATEMENT EXECUTE FUNCTION {quoted(name)}()"
    )
    return Trigger(name=name, table=table, create=(function, trigger))


def installed(cursor: Any) -> dict[str, str]:
    cursor.execute(INSTALLED)
    return dict(cursor.fetchall())


def unseen(connection: Any) -> AbstractContextManager[None]:
    """The statement's text is enough."""
    return nullcontext()


def drop(name: str, table: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {quoted(name)} ON {quoted(table)}",
        f"DROP FUNCTION IF EXISTS {quoted(name)}()",
    ]
