"""The part of Django's private SQL compilers that the capture leans on, all in one place.

In: a compiler that is about to run its statement. Out: the statement run with another SQL, or with RETURNING columns,
and its rows as Python values. tests/unit/capture pins each of these names for every Django version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import CURSOR

Rows = list[Sequence[Any]]


def alias_of(compiler: Any) -> str:
    alias: str = compiler.connection.alias
    return alias


def model_of(compiler: Any) -> Any:
    """The concrete model whose table the statement writes."""
    return compiler.query.get_meta().concrete_model


def quoted(compiler: Any, fields: Sequence[Any]) -> list[str]:
    return [compiler.connection.ops.quote_name(field.column) for field in fields]


@contextmanager
def rewritten(compiler: Any, as_sql: Callable[[], Any]) -> Iterator[None]:
    """Inside, this compiler compiles to something else."""
    compiler.as_sql = as_sql
    try:
        yield
    finally:
        del compiler.as_sql


def returns_updates(compiler: Any) -> bool:
    """Whether the database knows UPDATE … RETURNING; Django tells since 6.0."""
    vendor: str = compiler.connection.vendor
    return vendor != "mysql"


def plain_sql(compiler: Any) -> Any:
    """What the compiler would have run."""
    return type(compiler).as_sql(compiler)


def returning(compiler: Any, fields: Sequence[Any]) -> Callable[[], tuple[str, tuple[Any, ...]]]:
    """The compiler's UPDATE or DELETE with columns to return."""

    def as_sql() -> tuple[str, tuple[Any, ...]]:
        sql, params = plain_sql(compiler)
        return (f"{sql} RETURNING {', '.join(quoted(compiler, fields))}" if sql else sql), tuple(params)

    return as_sql


def compiled(compiler: Any, fields: Sequence[Any]) -> Any:
    """What the compiler would have run, with exactly these columns to return."""
    asked = compiler.returning_fields
    compiler.returning_fields = list(fields)
    try:
        return plain_sql(compiler)
    finally:
        compiler.returning_fields = asked


def run_insert(compiler: Any, fields: Sequence[Any]) -> Rows:
    """Insert, and return these fields of the rows that were written: fewer than given where conflicts are ignored."""
    rows: Rows = []
    with compiler.connection.cursor() as cursor:
        for sql, params in compiled(compiler, fields):
            cursor.execute(sql, params)
            rows += cursor.fetchall()
    return converted(compiler, fields, rows)


def run_returning(compiler: Any, fields: Sequence[Any]) -> Rows | None:
    """Update or delete, and return these fields of the rows concerned; None where there is no statement to run."""
    with rewritten(compiler, returning(compiler, fields)):
        cursor = SQLCompiler.execute_sql(compiler, CURSOR)
    if cursor is None:
        return None
    try:
        return converted(compiler, fields, cursor.fetchall())
    finally:
        cursor.close()


def converted(compiler: Any, fields: Sequence[Any], rows: Any) -> Rows:
    """Rows of a database's values as Django gives them to a model."""
    table = compiler.query.get_meta().db_table
    converters = compiler.get_converters([field.get_col(table) for field in fields])
    return list(compiler.apply_converters(rows, converters) if converters else rows)
