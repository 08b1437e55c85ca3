"""Rows into tables: one INSERT or UPDATE for thousands of rows, without the ORM's writing path.

Values arrive as Python values by column attribute; nothing runs `pre_save`, so the source's timestamps stay and no
file is touched. What is written here makes no mark, because no compiler of the ORM executes it (invariant 8, R20).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from django.db import connections, models
from django.db.models import sql
from django.db.models.constants import OnConflict

from feedsync import primary_keys, typed_rows
from feedsync.capture.raw import UNSEEN

TEXTS = (models.CharField, models.TextField, models.SlugField, models.EmailField, models.URLField)
INTEGERS = (models.AutoField, models.BigAutoField, models.IntegerField, models.BigIntegerField)
NATIVE: dict[type, type] = {models.BooleanField: bool} | dict.fromkeys(TEXTS, str) | dict.fromkeys(INTEGERS, int)
REFERENCES = (models.ForeignKey, models.OneToOneField)

SQLITE_VARIABLES = 9  # sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
MARIADB_BYTES = 4_000_000  # twice as much when escaped, and well below the limit that a server has by itself
PLENTY = 60_000  # PostgreSQL counts parameters in 16 bits when it binds on the server


def insert(
    model: type[models.Model],
    using: str,
    fields: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
) -> list[Any]:
    """Insert into the model's own table; answers primary keys in the order of the rows, none if conflicts are ignored.

    `rows`: a value for each field.
    """
    columns = primary_keys.columns(model)
    pks: list[Any] = []
    for batch in _batches(rows, using, len(fields)):
        statement, params = _insertion(model, using, fields, batch, ignore_conflicts)
        with connections[using].cursor() as cursor:
            cursor.execute(UNSEEN + statement, params)
            pks += [] if ignore_conflicts else [_pk(columns, row) for row in cursor.fetchall()]
    return pks


def _pk(columns: Sequence[Any], row: Sequence[Any]) -> Any:
    return primary_keys.of([field.to_python(value) for field, value in zip(columns, row, strict=True)])


def _insertion(
    model: type[models.Model], using: str, fields: Sequence[Any], rows: Sequence[Sequence[Any]], ignore_conflicts: bool
) -> tuple[str, Any]:
    connection = connections[using]
    if connection.vendor != "postgresql" or any(hasattr(value, "resolve_expression") for row in rows for value in row):
        return _django_insertion(model, using, fields, rows, ignore_conflicts)
    prepared = typed_rows.of(connection, fields, _prepared(fields, rows, connection))
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    ending = "ON CONFLICT DO NOTHING" if ignore_conflicts else f"RETURNING {', '.join(map(quote, _pk_columns(model)))}"
    head = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
    return f"{head} SELECT {', '.join(prepared.names)} FROM {prepared.sql} {ending}", prepared.params


def _django_insertion(
    model: type[models.Model], using: str, fields: Sequence[Any], rows: Sequence[Sequence[Any]], ignore_conflicts: bool
) -> tuple[str, Any]:
    names = [field.attname for field in fields]
    objects: list[Any] = [namespace(**dict(zip(names, row, strict=True))) for row in rows]
    query = sql.InsertQuery(model, on_conflict=OnConflict.IGNORE if ignore_conflicts else None)
    query.insert_values(fields, objects, raw=True)
    compiler: Any = query.get_compiler(using=using)
    compiler.returning_fields = None if ignore_conflicts else list(primary_keys.columns(model))
    [(statement, params)] = compiler.as_sql()
    return statement, params


def update(model: type[models.Model], using: str, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    """`rows`: (primary key of the model's own table, value for each field); parts of a composite key may be set."""
    if not fields:
        return
    connection = connections[using]
    columns = [*primary_keys.columns(model), *fields]
    quote = connection.ops.quote_name
    table, by = quote(model._meta.db_table), [quote(column) for column in _pk_columns(model)]
    flat = [[*primary_keys.parts(row[0]), *row[1:]] for row in rows]
    for batch in _batches(flat, using, len(columns)):
        values = typed_rows.of(connection, columns, _prepared(columns, batch, connection))
        pairs = zip(fields, values.names[len(by) :], strict=True)
        sets = {quote(field.column): name for field, name in pairs}
        statement = typed_rows.update(connection, table, values, by=by, sets=sets)
        with connection.cursor() as cursor:
            cursor.execute(UNSEEN + statement, values.params)


def delete_pairs(through: type[models.Model], using: str, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    """Delete the rows of a many-to-many table that have one of these pairs."""
    connection = connections[using]
    quote = connection.ops.quote_name
    table = quote(through._meta.db_table)
    columns = ", ".join(quote(field.column) for field in fields)
    for batch in _batches(rows, using, len(fields)):
        among, params = typed_rows.among(connection, fields, _prepared(fields, batch, connection))
        with connection.cursor() as cursor:
            cursor.execute(f"{UNSEEN}DELETE FROM {table} WHERE ({columns}) {among}", params)


def _pk_columns(model: type[models.Model]) -> list[str]:
    return [field.column for field in primary_keys.columns(model)]


def _prepared(fields: Sequence[Any], rows: Sequence[Sequence[Any]], connection: Any) -> list[list[Any]]:
    """As the database wants them; what Django's own fields would give back as it is isn't shown to them."""
    pairs = [(field, _native(field)) for field in fields]
    return [
        [
            value if type(value) is native else field.get_db_prep_save(value, connection)
            for (field, native), value in zip(pairs, row, strict=True)
        ]
        for row in rows
    ]


def _native(field: Any) -> type | None:
    """The type whose values every database takes as they are; a subclass of a field may have its own way."""
    return NATIVE.get(type(field.target_field if type(field) in REFERENCES else field))


def _batches(rows: Sequence[Any], using: str, width: int) -> Iterator[Sequence[Any]]:
    connection = connections[using]
    if connection.vendor == "mysql":
        yield from _light(rows)
        return
    limit = PLENTY
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        limit = connection.connection.getlimit(SQLITE_VARIABLES)
    size = max(1, limit // max(1, width))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _light(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """MariaDB's drivers write the values into the statement, whose length the server limits."""
    start = weight = 0
    for place, row in enumerate(rows):
        own = sum(map(_weight, row))
        if place > start and weight + own > MARIADB_BYTES:
            yield rows[start:place]
            start, weight = place, 0
        weight += own
    if rows:
        yield rows[start:]


def _weight(value: Any) -> int:
    if isinstance(value, str | bytes | memoryview):
        return len(value)
    return len(repr(value)) if isinstance(value, dict | list) else 8


def namespace(**values: Any) -> SimpleNamespace:
    """A row on its way into several tables: attributes by column attribute name."""
    return SimpleNamespace(**values)
