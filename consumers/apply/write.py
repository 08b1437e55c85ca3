"""Rows into tables: one INSERT or UPDATE for thousands of rows, without the ORM's writing path.

Values arrive as Python values by column attribute; nothing runs `pre_save`, so the source's timestamps stay and no file is
touched. What is written here makes no mark, because no compiler of the ORM executes it (invariant 8, R20).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from django.db import connections, models
from django.db.models import sql
from django.db.models.constants import OnConflict

from consumers.apply.columntypes import cast_type

SQLITE_VARIABLES = 9  # sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
PLENTY = 60_000  # PostgreSQL counts parameters in 16 bits when it binds on the server


def insert(
    model: type[models.Model], using: str, fields: Sequence[Any], rows: Sequence[Any], *, ignore_conflicts: bool = False
) -> list[Any]:
    """Insert into the model's own table; answers primary keys in the order of the rows."""
    pks: list[Any] = []
    for batch in _batches(rows, using, len(fields)):
        query = sql.InsertQuery(model, on_conflict=OnConflict.IGNORE if ignore_conflicts else None)
        query.insert_values(fields, list(batch), raw=True)
        compiler: Any = query.get_compiler(using=using)
        compiler.returning_fields = None if ignore_conflicts else [model._meta.pk]
        with connections[using].cursor() as cursor:
            for statement, params in compiler.as_sql():
                cursor.execute(statement, params)
                pks += [] if ignore_conflicts else [row[0] for row in cursor.fetchall()]
    to_python = model._meta.pk.to_python
    return [to_python(pk) for pk in pks]


def update(model: type[models.Model], using: str, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    """`rows`: (primary key of the model's own table, value for each field)."""
    if not fields:
        return
    connection = connections[using]
    columns = [model._meta.pk, *fields]
    for batch in _batches(rows, using, len(columns)):
        values, names = _values(connection, columns, len(batch))
        quote = connection.ops.quote_name
        assignments = ", ".join(
            f"{quote(field.column)} = v.{name}" for field, name in zip(fields, names[1:], strict=True)
        )
        table, pk = quote(model._meta.db_table), quote(columns[0].column)
        params = [
            _prepared(field, value, connection) for row in batch for field, value in zip(columns, row, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {assignments} FROM {values} WHERE {table}.{pk} = v.{names[0]}", params)


def delete_pairs(through: type[models.Model], using: str, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    """Delete the rows of a many-to-many table that have one of these pairs."""
    connection = connections[using]
    quote = connection.ops.quote_name
    for batch in _batches(rows, using, len(fields)):
        values, names = _values(connection, fields, len(batch))
        table = quote(through._meta.db_table)
        pairs = zip(fields, names, strict=True)
        same = " AND ".join(f"{table}.{quote(field.column)} = v.{name}" for field, name in pairs)
        params = [
            _prepared(field, value, connection) for row in batch for field, value in zip(fields, row, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {values} WHERE {same})", params)


def _values(connection: Any, fields: Sequence[Any], count: int) -> tuple[str, list[str]]:
    """A derived table `v` of parameters, and the names of its columns."""
    plain = "({})".format(", ".join(["%s"] * len(fields)))
    if connection.vendor == "postgresql":
        # The first row's types decide for all of them.
        typed = "({})".format(", ".join(f"%s::{cast_type(field, connection)}" for field in fields))
        names = [f"c{place}" for place in range(len(fields))]
        return f"(VALUES {', '.join([typed, *[plain] * (count - 1)])}) AS v({', '.join(names)})", names
    return f"(VALUES {', '.join([plain] * count)}) AS v", [f"column{place + 1}" for place in range(len(fields))]


def _prepared(field: Any, value: Any, connection: Any) -> Any:
    return field.get_db_prep_save(value, connection)


def _batches(rows: Sequence[Any], using: str, width: int) -> Iterator[Sequence[Any]]:
    connection = connections[using]
    limit = PLENTY
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        limit = connection.connection.getlimit(SQLITE_VARIABLES)
    size = max(1, limit // max(1, width))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def namespace(**values: Any) -> SimpleNamespace:
    """A row for `insert`: attributes by column attribute name."""
    return SimpleNamespace(**values)
