"""What a database's error means, whichever database and driver it comes from.

PostgreSQL tells by SQLSTATE, MariaDB by a number, SQLite by its words.
"""

from __future__ import annotations

from django.db import IntegrityError, OperationalError

# A lock that wasn't given in time (55P03, 1205) may be given the next time; 1020: the row changed since the snapshot.
DEADLOCK = ("40P01", "40001", "55P03", 1213, 1205, 1020)
UNIQUE = ("23505", "23P01", 1062, 1586)
FOREIGN_KEY = ("23503", 1451, 1452, 1216, 1217)


def deadlocked(error: BaseException) -> bool:
    """Whether the same transaction may succeed if it is tried again."""
    return isinstance(error, OperationalError) and (_code(error) in DEADLOCK or "locked" in str(error))


def violates_uniqueness(error: Exception) -> bool:
    return isinstance(error, IntegrityError) and (_code(error) in UNIQUE or "UNIQUE constraint" in str(error))


def violates_foreign_key(error: Exception) -> bool:
    return isinstance(error, IntegrityError) and (_code(error) in FOREIGN_KEY or "FOREIGN KEY constraint" in str(error))


def _code(error: BaseException) -> str | int:
    """MariaDB's own numbers are finer than the SQLSTATE that some of its drivers give."""
    number = error.args[0] if error.args else None
    return number if isinstance(number, int) else str(getattr(error.__cause__, "sqlstate", "") or "")
