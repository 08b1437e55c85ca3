"""R6: one feed, one database; R8 and the ledger hold for each database by itself."""

from __future__ import annotations

import pytest

from feedsync import clock
from feedsync.errors import WrongDatabase
from feedsync.models import Clock, LedgerEntry
from feedsync.relay.loop import Loop, databases
from tests.db.relay.relaying import Relay, marks
from tests.library.models import Country

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def test_r06_each_database_has_its_marks_ledger_and_clock() -> None:
    """What is written to one database is relayed from there, and leaves the other alone."""
    Country.objects.using("other").create(code="GB", name="other")
    assert Relay(using="default").drain() == []
    [change] = Relay(using="other").drain()
    assert change.fields == {"code": "GB", "name": "other"}
    assert not LedgerEntry.objects.using("default").exists()
    assert LedgerEntry.objects.using("other").count() == 1
    assert not Clock.objects.using("default").filter(last=change.version).exists()


def test_r06_the_loop_relays_every_database() -> None:
    """Both have an outbox; both are drained."""
    relay = Relay()
    for alias in ("default", "other"):
        Country.objects.using(alias).create(code="GB", name=alias)
    loop = Loop(databases(), lambda: relay.transport)
    while loop.turn() is not None:
        pass
    assert {change.fields["name"] for change in relay.news() if change.fields} == {"default", "other"}
    assert marks("default") == marks("other") == 0


def test_r06_a_referrer_is_marked_in_the_database_of_the_rename() -> None:
    """A rename in one database marks nothing in the other."""
    for alias in ("default", "other"):
        country = Country.objects.using(alias).create(code="UK")
        country.languages.create(code="en")
        Relay(using=alias).drain()
    Country.objects.using("other").update(code="GB")
    assert len(Relay(using="other").drain()) == 2
    assert Relay(using="default").drain() == []


def test_p10_a_copied_database_publishes_nothing() -> None:
    """A relay on a copy of another environment's database refuses, and every mark stays."""
    Country.objects.create(code="GB")
    clock.read("default")
    Clock.objects.using("default").update(environment="production")
    relay = Relay(using="default")
    with pytest.raises(WrongDatabase, match="feedsync_setup --adopt"):
        relay.drain()
    assert (marks("default"), relay.transport.published) == (1, [])
