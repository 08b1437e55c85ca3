"""What every test gets: a database server where one is needed, and the rule that no test is skipped.

A test that a database, a system or Google's emulator can't run is marked and deselected there, as is one that needs
what no virtual environment can have; whatever still skips, or is expected to fail, counts as failed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator

import pytest
from django.conf import settings
from django.db import connections

from tests.mariadb import MariaDB
from tests.postgres import Postgres
from tests.settings import DATABASE, MARIADB_HOST, POSTGRES_HOST

SKIPPED = "skipped, and no test may be: mark it for the database that it needs, or mend it\n"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A server of this run's own."""
    with Postgres(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    """A server of this run's own."""
    with MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Point Django at a server of this run's own before it makes the test databases."""
    host = ""
    if DATABASE == "postgres" and not POSTGRES_HOST:
        postgres: Postgres = request.getfixturevalue("postgres_server")
        host = postgres.socket_directory
    if DATABASE == "mariadb" and not MARIADB_HOST:
        mariadb: MariaDB = request.getfixturevalue("mariadb_server")
        host = mariadb.socket
    for alias in settings.DATABASES if host else ():
        connections[alias].settings_dict["HOST"] = host


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was written for another database, or not for the Pub/Sub that the environment names."""
    unwanted = [f"{database}_only" for database in ("sqlite", "postgres", "mariadb") if database != DATABASE]
    unwanted += {"mariadb": ["not_on_mariadb"], "sqlite": ["two_writers"]}.get(DATABASE, [])
    if "PUBSUB_EMULATOR_HOST" in os.environ:
        unwanted.append("not_at_googles_emulator")
    if "FEEDSYNC_TEST_GCLOUD" not in os.environ:
        unwanted.append("gcloud")
    if sys.platform != "linux":
        unwanted.append("linux_only")
    left_out = [item for item in items if any(map(item.get_closest_marker, unwanted))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips, or that is expected to fail, fails."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{SKIPPED}{report.longrepr}"
        vars(report).pop("wasxfail", None)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself fails."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{SKIPPED}{report.longrepr}"
    return report
