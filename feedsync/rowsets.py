"""Many rows in one statement: one JSON parameter on PostgreSQL, `executemany` elsewhere (which MariaDB's drivers turn
into statements of many rows).

For feedsync's own tables, whose columns have plain types. One round trip, one logged statement, whatever the number of
rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connections

from feedsync.upserts import Conflict


@dataclass(frozen=True, slots=True)
class Columns:
    """Names and PostgreSQL types of a row set's columns, in the order of its rows."""

    names: tuple[str, ...]
    types: tuple[str, ...]


def write(
    using: str, columns: Columns, rows: Iterable[Sequence[Any]], *, into: str, conflict: Conflict | None = None
) -> None:
    """`INSERT INTO into (columns) rows`; without `conflict`, a row that is there already is an error."""
    batch = list(rows)
    if not batch:
        return
    connection = connections[using]
    names = ", ".join(map(connection.ops.quote_name, columns.names))
    clause = conflict.sql(connection, into) if conflict else ""
    table = connection.ops.quote_name(into)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"INSERT INTO {table} ({names}) SELECT {names} FROM {recordset(columns)} {clause}"
            cursor.execute(statement, [encoded(columns, batch)])
        else:
            marks = ", ".join(["%s"] * len(columns.names))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}) {clause}", batch)


def fetch(
    using: str, statement: str, params: Sequence[Any] = (), *, moment: int | None = None
) -> list[tuple[Any, ...]]:
    """Rows of a statement about feedsync's own tables; `moment`: place of a column that holds one.

    As text: what is asked all the time in the same words would cost several times as much as a query set.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows if moment is None else list(aware(using, rows, moment))


def execute(using: str, statement: str, params: Sequence[Any] = ()) -> int:
    """How many rows it changed."""
    with connections[using].cursor() as cursor:
        cursor.execute(statement, params)
        count: int = cursor.rowcount
    return count


def among(using: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """`column …` is true for one of these values, and the parameters: a single one where the database can.

    Thousands of them cost the parsers more than the statement. `values` are texts or numbers, at least one.
    """
    vendor = connections[using].vendor
    if vendor == "postgresql":
        return "= ANY(%s)", [list(values)]
    if vendor == "sqlite":
        return "IN (SELECT value FROM json_each(%s))", [orjson.dumps(list(values)).decode()]
    return f"IN ({', '.join(['%s'] * len(values))})", list(values)


def moment(using: str, value: dt.datetime | None) -> Any:
    """A moment as a parameter of this database."""
    return connections[using].ops.adapt_datetimefield_value(value)


def aware(using: str, rows: Iterable[tuple[Any, ...]], place: int) -> Iterator[tuple[Any, ...]]:
    """Rows with the moment at `place` as Django would give it; cursors of SQLite and MariaDB give naive ones."""
    zone = connections[using].timezone
    for row in rows:
        value = row[place]
        if value is None or zone is None or value.tzinfo is not None:
            yield row
        else:
            yield (*row[:place], value.replace(tzinfo=zone), *row[place + 1 :])


def recordset(columns: Columns) -> str:
    """PostgreSQL's rows from one JSON parameter, which costs a fraction of an array for each column."""
    named = ", ".join(f"{name} {kind}" for name, kind in zip(columns.names, columns.types, strict=True))
    return f"json_to_recordset(%s::json) AS r({named})"


def encoded(columns: Columns, rows: Sequence[Sequence[Any]]) -> str:
    """The parameter of `recordset`."""
    return orjson.dumps([dict(zip(columns.names, row, strict=True)) for row in rows]).decode()
