"""The file of a data directory, and what stands in the way of using it.

One process has it, until it ends, however it ends. Written ahead to a log: a transaction that was committed survives
the death of the process, since the system has it. It need not reach the disk for that, so nothing waits for the disk
at each commit (`synchronous=NORMAL`); a power cut may take the last moments, and never leaves half a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.errors import UnusableDirectory

_FILE = "emulator.sqlite3"
_APPLICATION = 0x66647379  # stands in the file's header
_VERSION = 1
_SCHEMA = """
    CREATE TABLE resources (kind TEXT, name TEXT, body BLOB NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
    CREATE TABLE messages (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE kept (
        number INTEGER, owner TEXT, attempts INTEGER NOT NULL, PRIMARY KEY (number, owner)
    ) WITHOUT ROWID;
    CREATE TABLE highest (number INTEGER NOT NULL);
    INSERT INTO highest VALUES (0);
"""


def open_database(directory: Path) -> sqlite3.Connection:
    """The database of the directory, which is made if need be, for this process only."""
    with explained(directory):
        directory.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            directory / _FILE, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=512
        )
    try:
        with explained(directory):
            _prepare(connection, directory)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def explained(directory: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a sentence for the person who named the directory."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise UnusableDirectory(f"The data directory {directory} is in use by another emulator.") from error
        raise UnusableDirectory(
            f"The data directory {directory} cannot be used: {error}. If {_FILE} in it is damaged, move it away; what"
            " it kept is then gone."
        ) from error
    except OSError as error:
        raise UnusableDirectory(f"The data directory {directory} cannot be used: {error}.") from error


def _prepare(connection: sqlite3.Connection, directory: Path) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    connection.execute("COMMIT")
    if not tables:
        connection.executescript(
            f"BEGIN; {_SCHEMA} PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION}; COMMIT;"
        )
    elif application != _APPLICATION:
        raise UnusableDirectory(f"The file {_FILE} in {directory} is not one of the emulator's.")
    elif version != _VERSION:
        raise UnusableDirectory(
            f"The data directory {directory} has version {version}; this emulator reads version {_VERSION}."
        )
