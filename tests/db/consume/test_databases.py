"""The database goes away and comes back: nothing is lost, and the consumer stays alive."""

from __future__ import annotations

import pytest
from django.db import connections

from emulator import Emulator
from feedsync import clock
from tests.db.apply.building import tag
from tests.db.consume.consuming import SUBSCRIPTION, consuming, send
from tests.library.models import Tag

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "other"]),
    pytest.mark.usefixtures("studio"),
]
V = clock.at(1_000_000)


def _terminate() -> None:
    """End every connection to the default database, ours too."""
    _elsewhere("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [_name()])
    connections["default"].close()


def _allow_connections(allowed: bool) -> None:
    _elsewhere(f"ALTER DATABASE {_name()} ALLOW_CONNECTIONS {str(allowed).lower()}")


def _elsewhere(statement: str, params: list[str] | None = None) -> None:
    with connections["other"].cursor() as cursor:
        cursor.execute(statement, params)


def _name() -> str:
    return str(connections["default"].settings_dict["NAME"])


@pytest.mark.postgres_only
def test_a_connection_that_the_server_closed_is_made_anew(cloud: Emulator) -> None:
    """PostgreSQL restarts: the next message is applied all the same."""
    with consuming():
        send(cloud, tag("a", V, origin="studio"))
        cloud.drain(SUBSCRIPTION)
        _terminate()
        send(cloud, tag("b", V, origin="studio"))
        cloud.drain(SUBSCRIPTION)
    assert Tag.objects.count() == 2


@pytest.mark.postgres_only
def test_messages_wait_while_the_database_is_down(cloud: Emulator) -> None:
    """Nothing is acknowledged before it is committed; one delivery attempt is all that an outage costs."""
    with consuming() as said:
        send(cloud, tag("a", V, origin="studio"))
        cloud.drain(SUBSCRIPTION)
        _allow_connections(False)
        try:
            _terminate()
            send(cloud, tag("b", V, origin="studio"))
            said.wait_for("Database default: ")
            assert len(cloud.outstanding(SUBSCRIPTION)) == 1
        finally:
            _allow_connections(True)
        cloud.drain(SUBSCRIPTION)
        said.wait_for("Database default: works again")
    assert Tag.objects.count() == 2


@pytest.mark.sqlite_only
def test_messages_wait_while_a_table_is_missing(cloud: Emulator) -> None:
    """A database that refuses is tried again; nothing is acknowledged meanwhile."""
    _rename("feedsync_ledgerentry", "elsewhere")
    try:
        with consuming() as said:
            send(cloud, tag("a", V, origin="studio"))
            said.wait_for("Database default: OperationalError")
            assert len(cloud.outstanding(SUBSCRIPTION)) == 1
            _rename("elsewhere", "feedsync_ledgerentry")
            cloud.drain(SUBSCRIPTION)
            said.wait_for("Database default: works again")
    finally:
        if "elsewhere" in connections["default"].introspection.table_names():
            _rename("elsewhere", "feedsync_ledgerentry")
    assert Tag.objects.count() == 1


def _rename(old: str, new: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")
