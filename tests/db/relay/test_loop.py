"""The loop: errors become pauses, an outage of any length loses nothing, and the clock is passed in."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from django.db import OperationalError, connections

from feedsync.errors import ConfigurationError
from feedsync.relay.loop import Event, Failed, Loop, Relayed
from feedsync.relay.service import Service
from feedsync.transport.memory import Faults, MemoryTransport
from feedsync.transport.port import Publisher
from feedsync.wire.page import decode_page
from tests.db.relay.relaying import marks
from tests.library.models import Country

pytestmark = pytest.mark.django_db(transaction=True)


class Bench:
    """A loop with a clock that stands still, and a transport that can be broken."""

    def __init__(self) -> None:
        self.now = 0.0
        self.events: list[Event] = []
        self.healthy = MemoryTransport()
        self.broken = MemoryTransport(Faults(lost=1))
        self.publisher: Publisher = self.healthy
        self.loop = Loop(["default"], lambda: self.publisher, observe=self.events.append, monotonic=lambda: self.now)

    def names(self) -> list[str]:
        pages = [decode_page(page.data) for page in self.healthy.published]
        return [change.fields["name"] for page in pages for change in page.changes if change.fields]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_an_idle_loop_waits_for_a_mark(bench: Bench) -> None:
    """None: there is no time at which something would be due."""
    assert bench.loop.turn() is None
    assert bench.events == []


def test_work_is_followed_by_a_look_for_more(bench: Bench) -> None:
    """After a batch nothing is waited for; the observer hears what was done."""
    Country.objects.create(code="GB", name="one")
    assert bench.loop.turn() == 0.0
    assert bench.loop.turn() is None
    [event] = bench.events
    assert isinstance(event, Relayed)
    assert (event.counts.marks, event.counts.published) == (1, 1)


def test_an_hour_without_pubsub_loses_nothing_and_blocks_nothing(bench: Bench) -> None:
    """Writers go on, pauses grow up to their limit, and when it is back everything is published."""
    bench.publisher = bench.broken
    for minute in range(60):
        Country.objects.update_or_create(code="GB", defaults={"name": str(minute)})
        while bench.now < minute * 60:
            pause = bench.loop.turn()
            assert pause is not None
            assert 0 < pause <= 15
            bench.now += pause
    assert marks() == 60
    bench.publisher = bench.healthy
    bench.now += 15
    assert bench.loop.turn() == 0.0
    assert bench.names() == ["59"]
    assert marks() == 0


def test_during_a_pause_nothing_is_attempted(bench: Bench) -> None:
    """Not even where new marks come in: the pause is for Pub/Sub."""
    bench.publisher = bench.broken
    Country.objects.create(code="GB")
    first = bench.loop.turn()
    bench.loop.hurry()
    assert bench.loop.turn() == first
    assert len(bench.events) == 1


def test_a_configuration_error_is_an_outcome_too() -> None:
    """It is told, and tried again: somebody may mend it meanwhile."""
    events: list[Event] = []

    def misconfigured() -> Publisher:
        raise ConfigurationError("no project")

    Country.objects.create(code="GB")
    assert Loop(["default"], misconfigured, observe=events.append).turn() is not None
    assert isinstance(events[0], Failed)
    assert str(events[0].error) == "no project"


def lose(connection: Any) -> None:
    """As when the server ends it; SQLite has none."""
    if connection.vendor == "sqlite":
        connection.connection.close()
        return
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()" if postgresql else "SELECT connection_id()")
        [number] = cursor.fetchone()
        with contextlib.suppress(OperationalError):
            cursor.execute("SELECT pg_terminate_backend(%s)" if postgresql else "KILL %s", [number])


def test_a_lost_database_connection_is_renewed(bench: Bench) -> None:
    """The connection breaks between two batches: the turn after that works."""
    Country.objects.create(code="GB", name="one")
    lose(connections["default"])
    turns = 0
    while bench.names() != ["one"]:
        bench.loop.turn()
        bench.now += 1
        turns += 1
        assert turns < 5


def test_an_unconfirmed_publication_is_repeated(bench: Bench) -> None:
    """Published, but the answer was lost: published again with a higher version."""
    unconfirmed = MemoryTransport(Faults(unconfirmed=1))
    bench.publisher = unconfirmed
    Country.objects.create(code="GB", name="one")
    bench.loop.turn()
    bench.publisher = bench.healthy
    bench.now += 1
    bench.loop.turn()
    [first] = decode_page(unconfirmed.published[0].data).changes
    [second] = decode_page(bench.healthy.published[0].data).changes
    assert first.version < second.version


def test_draining_says_whether_something_is_left(bench: Bench) -> None:
    """True with an empty outbox; False at the first failure."""
    service = Service(bench.loop, ["default"], monotonic=lambda: bench.now)
    Country.objects.create(code="GB", name="one")
    assert service.drain() is True
    Country.objects.create(code="FR", name="two")
    bench.publisher = bench.broken
    assert service.drain() is False
    assert marks() == 1
