"""Rows of values for users' columns as a table inside one statement.

PostgreSQL reads them from one JSON parameter, which costs a fifth of an array or a list of placeholders; types that
JSON can't say there, and other databases, get a list of VALUES. Casts carry no length: varchar(3) would cut in silence,
where the column refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

LENGTH = re.compile(r"\([^)]*\)")
SAID_BY_JSON = frozenset(
    [
        "integer",
        "bigint",
        "smallint",
        "varchar",
        "text",
        "boolean",
        "uuid",
        "numeric",
        "date",
        "timestamp with time zone",
    ]
)


@dataclass(frozen=True, slots=True)
class Rowset:
    """`sql` stands after FROM and names its columns `names`; `params` belong to it."""

    sql: str
    params: list[Any]
    names: list[str]


def cast_type(field: Any, connection: Any) -> str:
    return LENGTH.sub("", field.db_type(connection) or "text").strip()


def update(connection: Any, table: str, values: Rowset, *, by: Sequence[str], sets: Mapping[str, str]) -> str:
    """The UPDATE of a table by these rows. `by`: the columns that equal the first names; `sets`: {column: name}.

    Table and columns are quoted already.
    """
    names = zip(by, values.names, strict=False)  # the other names are what is set
    same = " AND ".join(f"{table}.{column} = v.{name}" for column, name in names)
    if connection.vendor == "mysql":
        changes = ", ".join(f"{table}.{column} = v.{name}" for column, name in sets.items())
        return f"UPDATE {table} JOIN {values.sql} ON {same} SET {changes}"
    changes = ", ".join(f"{column} = v.{name}" for column, name in sets.items())
    return f"UPDATE {table} SET {changes} FROM {values.sql} WHERE {same}"


def among(connection: Any, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """`(columns) …` is true for one of the rows, at least one. MariaDB would walk through the whole table, and lock it,
    for a DELETE with a subquery."""
    if connection.vendor == "mysql":
        one = "({})".format(", ".join(["%s"] * len(fields)))
        return f"IN ({', '.join([one] * len(rows))})", _flat(rows)
    values = of(connection, fields, rows)
    return f"IN (SELECT {', '.join(values.names)} FROM {values.sql})", values.params


def of(connection: Any, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Rowset:
    """The rows under the alias `v`; `rows` are prepared for the database."""
    names = [f"c{place}" for place in range(len(fields))]
    if connection.vendor != "postgresql":
        plain = "({})".format(", ".join(["%s"] * len(fields)))
        values = f"VALUES {', '.join([plain] * len(rows))}"
        named = ", ".join(names)
        return Rowset(f"(WITH r({named}) AS ({values}) SELECT {named} FROM r) AS v", _flat(rows), names)
    types = [cast_type(field, connection) for field in fields]
    if SAID_BY_JSON.issuperset(types):
        try:
            return _json(rows, names, types)
        except TypeError:  # a value that orjson doesn't know, or an integer beyond 64 bits
            pass
    return _values(rows, names, types)


def _json(rows: Sequence[Sequence[Any]], names: list[str], types: list[str]) -> Rowset:
    data = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows], default=_decimal).decode()
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
    return Rowset(f"json_to_recordset(%s::json) AS v({columns})", [data], names)


def _decimal(value: Any) -> str:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _values(rows: Sequence[Sequence[Any]], names: list[str], types: list[str]) -> Rowset:
    # The first row's types decide for all of them.
    typed = "({})".format(", ".join(f"CAST(%s AS {kind})" for kind in types))
    plain = "({})".format(", ".join(["%s"] * len(types)))
    values = ", ".join([typed, *[plain] * (len(rows) - 1)])
    return Rowset(f"(VALUES {values}) AS v({', '.join(names)})", _flat(rows), names)


def _flat(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [value for row in rows for value in row]
