"""Plain SQL on a database of the demo: `sqlite3` or psycopg, no Django, nothing of feedsync.

In: an address (the path of a SQLite file, or a postgresql:// URL) and SQL without parameters; out: rows, as they come.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg

Row = tuple[Any, ...]


class Plain:
    """One connection. Each statement sees what is committed when it starts."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._connection: Any = _connect(address)

    def value(self, sql: str) -> Any:
        """The first column of the first row; None where there is none."""
        row = self._connection.execute(sql).fetchone()
        return row[0] if row else None

    def row(self, sql: str) -> Row | None:
        found: Row | None = self._connection.execute(sql).fetchone()
        return found

    def rows(self, sql: str) -> list[Row]:
        found: list[Row] = self._connection.execute(sql).fetchall()
        return found

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def close(self) -> None:
        self._connection.close()


def _connect(address: str) -> psycopg.Connection[Row] | sqlite3.Connection:
    if address.startswith("postgresql://"):
        return psycopg.connect(address, autocommit=True)
    return sqlite3.connect(address, timeout=20, isolation_level=None)


def stream(address: str, sql: str) -> Iterator[Row]:
    """All rows, without holding them."""
    if address.startswith("postgresql://"):
        # A named cursor stays on the server; it needs a transaction.
        with psycopg.connect(address) as connection, connection.cursor(name="stream") as cursor:
            cursor.itersize = 5_000
            yield from cursor.execute(sql)
    else:
        with closing(sqlite3.connect(address, timeout=20)) as reader:
            yield from reader.execute(sql)
