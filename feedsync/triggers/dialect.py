"""What differs between databases: how a trigger is spelled, and how SQL spells values as Python does.

In: a table, a kind of statement and the SELECTs that make its marks. Out: a `Trigger`. `dialect_of` answers the one of
a connection, or None where feedsync has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import blake2b
from importlib import import_module
from typing import Any, Protocol, cast

from feedsync.capture.plan import Kind
from feedsync.models import Mark

MARKS = Mark._meta.db_table
PREFIX = "feedsync_"
MODULES = {
    "mysql": "feedsync.triggers.mariadb",
    "postgresql": "feedsync.triggers.postgres",
    "sqlite": "feedsync.triggers.sqlite",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """`name` ends in a digest of what it does, so that another definition has another name."""

    name: str
    table: str
    create: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a statement as the SELECTs see them. `alias`: before a column; `source`: the FROM clause, or nothing."""

    alias: str
    source: str

    def column(self, name: str) -> str:
        return f"{self.alias}.{quoted(name)}"


class Dialect(Protocol):
    """A module of this package."""

    NEW: Rows
    OLD: Rows
    LEFT_OVER: tuple[str, ...]  # statements that take out what is there besides the triggers

    def text(self, kind: str, column: str, /) -> str:
        """A value as `str()` has it in Python. `kind`: "text", "integer" or "uuid"."""

    def json(self, kind: str, column: str, /) -> str:
        """The same as JSON; never of NULL."""

    def lane(self, text: str, /) -> str:
        """As `outbox.lane_of`."""

    def moved(self, columns: Sequence[str], /) -> str:
        """A condition on an old row of an UPDATE: no new row has its values of these columns."""

    def triggers(self, table: str, kind: Kind, selects: Sequence[str], /) -> list[Trigger]:
        """What runs these SELECTs into the outbox."""

    def installed(self, cursor: Any, /) -> dict[str, str]:
        """{name of a trigger of ours that is there and enabled: its table}"""

    def unseen(self, connection: Any, /) -> AbstractContextManager[None]:
        """Inside, statements of this connection, which is in a transaction and whose text says so, make no mark."""

    def drop(self, name: str, table: str, /) -> list[str]:
        """Statements."""


def dialect_of(connection: Any) -> Dialect | None:
    name = MODULES.get(connection.vendor)
    return cast("Dialect", import_module(name)) if name else None


def quoted(name: str) -> str:
    """Django's own quoting, for names that may be quoted already."""
    plain = name.strip('"')
    return f'"{plain}"'


def literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def named(kind: str, table: str, body: str) -> str:
    digest = blake2b(f"{kind} {table} {body}".encode(), digest_size=8).hexdigest()
    return f"{PREFIX}{kind}_{digest}"
