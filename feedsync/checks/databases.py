"""Checks of DATABASES and its routers, for the databases that hold rows of a feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage
from django.db import router

from feedsync.checks.catalogue import Id, message
from feedsync.models import LedgerEntry, Mark
from feedsync.registry import feeds

SQLITE_SECONDS = 10
SQLITE_OPTIONS = """"OPTIONS": {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
}"""


def check_tables() -> Iterator[CheckMessage]:
    """Marks and ledger lie beside the rows (R6)."""
    for feed in feeds():
        missing = [model for model in (Mark, LedgerEntry) if not router.allow_migrate_model(feed.alias, model)]
        if missing:
            yield message(
                Id.NO_TABLES,
                f"{feed.label} lies in the database {feed.alias!r}, where the router allows no tables of feedsync.",
                hint='Let allow_migrate() answer True for the app label "feedsync" in that database.',
                about=feed.model,
            )


def check_sqlite() -> Iterator[CheckMessage]:
    for alias in sorted({feed.alias for feed in feeds()}):
        yield from sqlite_messages(alias, django_settings.DATABASES[alias])


def sqlite_messages(alias: str, database: Mapping[str, Any]) -> Iterator[CheckMessage]:
    wrong = list(sqlite_problems(database))
    if wrong:
        yield message(
            Id.SQLITE,
            f"Several processes will write to the SQLite database {alias!r}, and {' and '.join(wrong)}: "
            'writers will fail with "database is locked".',
            hint=f"Set in DATABASES[{alias!r}]:\n{SQLITE_OPTIONS}\n",
        )


def sqlite_problems(database: Mapping[str, Any]) -> Iterator[str]:
    name = str(database.get("NAME"))
    if database.get("ENGINE") != "django.db.backends.sqlite3" or ":memory:" in name or "mode=memory" in name:
        return
    options = database.get("OPTIONS", {})
    if str(options.get("transaction_mode") or "").upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        yield "transactions begin without the write lock"
    if "journal_mode=wal" not in str(options.get("init_command") or "").lower().replace(" ", ""):
        yield "it is not in WAL mode"
    if float(options.get("timeout") or 0) < SQLITE_SECONDS:
        yield f"a writer waits less than {SQLITE_SECONDS} seconds for its turn"
