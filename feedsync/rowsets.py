"""Many rows in one statement: arrays and `unnest` on PostgreSQL, `executemany` elsewhere.

For feedsync's own tables, whose columns have plain types. One round trip, one logged statement, whatever the number of
rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections


@dataclass(frozen=True, slots=True)
class Columns:
    """Names and PostgreSQL types of a row set's columns, in the order of its rows."""

    names: tuple[str, ...]
    types: tuple[str, ...]


def write(using: str, columns: Columns, rows: Iterable[Sequence[Any]], *, into: str, conflict: str = "") -> None:
    """`INSERT INTO into (columns) rows ON CONFLICT conflict`."""
    batch = list(rows)
    if not batch:
        return
    connection = connections[using]
    names = ", ".join(map(connection.ops.quote_name, columns.names))
    clause = f"ON CONFLICT {conflict}" if conflict else ""
    table = connection.ops.quote_name(into)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT * FROM {unnest(columns)} {clause}", arrays(batch))
        else:
            marks = ", ".join(["%s"] * len(columns.names))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}) {clause}", batch)


def moment(using: str, value: dt.datetime | None) -> Any:
    """A moment as a parameter of this database."""
    return connections[using].ops.adapt_datetimefield_value(value)


def unnest(columns: Columns) -> str:
    """PostgreSQL's table function over one array parameter for each column."""
    return "unnest({})".format(", ".join(f"%s::{kind}[]" for kind in columns.types))


def arrays(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The parameters of `unnest`: rows turned into columns."""
    return [list(column) for column in zip(*rows, strict=True)]
