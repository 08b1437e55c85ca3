"""What the checks say of DATABASES and its routers."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

import consumers.checks
from feedsync.checks import databases

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": "/data/studio.sqlite3",
    "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode = WAL;"},
}


class Astray:
    """Keeps the tables of one app out of every database."""

    app = ""

    def allow_migrate(self, database: str, app_label: str, **hints: Any) -> bool | None:
        return False if app_label == self.app else None


class WithoutFeedsync(Astray):
    app = "feedsync"


class WithoutConsumers(Astray):
    app = "feedsync_consumers"


def test_r06_tables_lie_beside_the_rows(settings: Settings) -> None:
    """A feed in a database that may have no marks is an error."""
    assert list(databases.check_tables()) == []

    settings.DATABASE_ROUTERS = [f"{__name__}.WithoutFeedsync"]
    assert {found.id for found in databases.check_tables()} == {"feedsync.E015"}


def test_tables_of_consumers_lie_beside_the_rows(settings: Settings) -> None:
    """So is one in a database that may have no parked changes."""
    assert consumers.checks.run() == []

    settings.DATABASE_ROUTERS = [f"{__name__}.WithoutConsumers"]
    assert {found.id for found in consumers.checks.run()} == {"feedsync.E018"}


def test_sqlite_as_it_should_be() -> None:
    """With WAL, IMMEDIATE and a waiting time there is nothing to say."""
    assert list(databases.sqlite_problems(SQLITE)) == []


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        ({}, 3),
        ({"timeout": 20, "transaction_mode": None}, 2),
        ({"timeout": 1, "transaction_mode": "immediate", "init_command": "PRAGMA journal_mode=wal"}, 1),
    ],
)
def test_sqlite_that_would_be_locked(options: dict[str, Any], problems: int) -> None:
    """Each option that is missing is named."""
    assert len(list(databases.sqlite_problems(SQLITE | {"OPTIONS": options}))) == problems


@pytest.mark.parametrize(
    "database",
    [{"ENGINE": "django.db.backends.postgresql", "NAME": "studio"}, SQLITE | {"NAME": ":memory:", "OPTIONS": {}}],
)
def test_databases_that_need_no_such_options(database: dict[str, Any]) -> None:
    """Other databases, and those in memory, are left alone."""
    assert list(databases.sqlite_problems(database)) == []


def test_message_has_what_to_paste() -> None:
    """The hint is the exact text of the options; the test project has them."""
    (found,) = databases.sqlite_messages("default", SQLITE | {"OPTIONS": {}})

    assert found.id == "feedsync.W006"
    assert databases.SQLITE_OPTIONS in str(found.hint)
    assert list(databases.check_sqlite()) == []
