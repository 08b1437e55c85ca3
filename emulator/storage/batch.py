"""What one commit writes: the changes since the one before, for each thing the last one.

Statements are few and large: after each the writing thread has to wait for the interpreter, which is busy elsewhere.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from emulator.journal import KeptMessage

_ROWS_A_STATEMENT = 250

_KEEP_MESSAGES = "INSERT OR IGNORE INTO messages (number, body) VALUES "
_KEEP = "INSERT OR REPLACE INTO kept (number, owner, attempts) VALUES "
_COUNT = "UPDATE kept SET attempts = ? WHERE number = ? AND owner = ?"
_RELEASE = "DELETE FROM kept WHERE owner = ? AND number IN (SELECT value FROM json_each(?))"
_CLEAN = """
    DELETE FROM messages WHERE number IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM kept WHERE kept.number = messages.number)
"""
_FORGET = "DELETE FROM kept WHERE owner IN (SELECT value FROM json_each(?))"
_CLEAN_ALL = "DELETE FROM messages WHERE NOT EXISTS (SELECT 1 FROM kept WHERE kept.number = messages.number)"
_PUT = "INSERT OR REPLACE INTO resources (kind, name, body) VALUES "
_DELETE = "DELETE FROM resources WHERE kind = ? AND name = ?"
_HIGHEST = "UPDATE highest SET number = max(number, ?)"


class Batch:
    """Changes that are written together."""

    def __init__(self) -> None:
        self.resources: dict[tuple[str, str], bytes | None] = {}  # {(kind, name): what is kept of it}
        self._messages: dict[int, bytes] = {}  # {number: body}
        self._kept: dict[str, dict[int, int]] = {}  # {owner: {number: attempts}}
        self._released: dict[str, list[int]] = {}  # {owner: numbers}
        self._attempts: dict[tuple[int, str], int] = {}  # {(number, owner): attempts}
        self._forgotten: set[str] = set()

    def keep(self, owner: str, messages: Iterable[KeptMessage]) -> None:
        """The owner needs these."""
        bodies = {message.number: message.wire for message in messages}
        self._messages |= bodies
        self._kept.setdefault(owner, {}).update(dict.fromkeys(bodies, 0))

    def count(self, owner: str, number: int, attempts: int) -> None:
        """Attempts at one message."""
        kept = self._kept.get(owner)
        if kept is not None and number in kept:
            kept[number] = attempts
        else:
            self._attempts[number, owner] = attempts

    def release(self, owner: str, numbers: Iterable[int]) -> None:
        """The owner does not need these, of whichever commit they are."""
        released = self._released.setdefault(owner, [])
        kept = self._kept.get(owner)
        for number in numbers:
            released.append(number)
            if kept:
                kept.pop(number, None)

    def forget(self, owner: str) -> None:
        """The owner needs nothing."""
        self._kept.pop(owner, None)
        self._released.pop(owner, None)
        self._forgotten.add(owner)

    def write(self, connection: sqlite3.Connection) -> None:
        """Run the statements, inside a transaction of the caller's."""
        self._write_resources(connection)
        if self._forgotten:
            connection.execute(_FORGET, [json.dumps(list(self._forgotten))])
        for owner, numbers in self._released.items():
            connection.execute(_RELEASE, [owner, json.dumps(numbers)])
        self._write_kept(connection)
        connection.executemany(_COUNT, [(attempts, *key) for key, attempts in self._attempts.items()])
        released = [number for numbers in self._released.values() for number in numbers]
        if released:
            connection.execute(_CLEAN, [json.dumps(released)])
        if self._forgotten:
            connection.execute(_CLEAN_ALL)

    def _write_resources(self, connection: sqlite3.Connection) -> None:
        there = [(*key, body) for key, body in self.resources.items() if body is not None]
        _insert(connection, _PUT, there)
        connection.executemany(_DELETE, [key for key, body in self.resources.items() if body is None])

    def _write_kept(self, connection: sqlite3.Connection) -> None:
        rows = [(number, owner, tries) for owner, kept in self._kept.items() for number, tries in kept.items()]
        wanted = {row[0] for row in rows}
        _insert(connection, _KEEP_MESSAGES, [each for each in self._messages.items() if each[0] in wanted])
        _insert(connection, _KEEP, rows)
        if self._messages:
            connection.execute(_HIGHEST, [max(self._messages)])


def _insert(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        some = rows[start : start + _ROWS_A_STATEMENT]
        places = "(" + ", ".join("?" * len(some[0])) + ")"
        connection.execute(statement + ", ".join([places] * len(some)), [value for row in some for value in row])
