"""Whether triggers make the marks of a table, so that the hooks need not.

As long as a table has none, before they are installed, or after SQLite has rebuilt it in a migration, the ORM's writes
are captured by the hooks: a mark too many is one, a mark too few is a loss.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connections

from feedsync.conf import Capture, settings
from feedsync.triggers.dialect import dialect_of

_tables: dict[str, frozenset[str]] = {}  # {alias: tables with triggers}, as they were when one was looked for last


def fires(using: str, table: str, *, anew: bool = False) -> bool:
    """`anew`: look, even if it was there a moment ago."""
    if settings().capture is not Capture.TRIGGERS:
        return False
    name = table.strip('"')
    if anew or name not in _tables.get(using, ()):
        _tables[using] = _look(using)
    return name in _tables[using]


def has_any(using: str) -> bool:
    if settings().capture is not Capture.TRIGGERS:
        return False
    if using not in _tables:
        _tables[using] = _look(using)
    return bool(_tables[using])


def unseen(connection: Any) -> AbstractContextManager[None]:
    """Inside, the statement that runs makes no mark."""
    dialect = dialect_of(connection)
    return dialect.unseen(connection) if dialect else nullcontext()


def forget(using: str) -> None:
    _tables.pop(using, None)


def _look(using: str) -> frozenset[str]:
    dialect = dialect_of(connections[using])
    if dialect is None:
        return frozenset()
    with connections[using].cursor() as cursor:
        return frozenset(dialect.installed(cursor).values())
