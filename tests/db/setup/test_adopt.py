"""`feedsync_setup --adopt`: a copy of another environment's database becomes our own (P10)."""

from __future__ import annotations

from io import StringIO

import pytest
from django.utils import timezone

from consumers.models import DataPull, DataSource
from emulator import Emulator
from feedsync import clock, outbox
from feedsync.models import Clock, Lease, Mark
from tests.db.setup.conftest import SetUp

pytestmark = pytest.mark.django_db(databases=["default", "other"])


@pytest.fixture(autouse=True)
def _copy() -> None:
    """A database of "studio", in which a relay was at work."""
    clock.read("default")
    Clock.objects.update(environment="studio", incarnation="old")
    outbox.mark("default", "library.tag", [("1", None)])
    Lease.objects.create(name="relay:0", holder="them", token=1, until=timezone.now())


def test_p10_copy_becomes_our_own(cloud: Emulator, set_up: SetUp) -> None:
    """It gets our name and a new incarnation; the original's marks and leases go, its clock goes on."""
    before = Clock.objects.get()
    good, _ = set_up("--adopt", "--yes")
    after = Clock.objects.get()

    assert good
    assert (after.environment, len(after.incarnation)) == ("shop", 32)
    assert after.last >= before.last
    assert not Mark.objects.exists()
    assert not Lease.objects.exists()


def test_p10_copy_takes_nothing_from_the_originals_subscriptions(cloud: Emulator, set_up: SetUp) -> None:
    """Subscriptions and pulls of the original are its own affair."""
    source = DataSource(env_name="lab", env_url="http://127.0.0.1:9", enabled=False, subscription="projects/x/y")
    DataSource.objects.bulk_create([source])
    DataPull.objects.bulk_create([DataPull(data_source=source, status="running")])
    set_up("--adopt", "--yes")

    assert DataSource.objects.get().subscription == ""
    assert DataPull.objects.get().status == "cancelled"


@pytest.mark.parametrize(("answer", "environment"), [("y\n", "shop"), ("n\n", "studio"), ("", "studio")])
def test_adopting_asks_first(
    cloud: Emulator, set_up: SetUp, monkeypatch: pytest.MonkeyPatch, answer: str, environment: str
) -> None:
    """Only yes means yes; silence, as in a script, means no."""
    monkeypatch.setattr("sys.stdin", StringIO(answer))
    good, said = set_up("--adopt")

    assert "[y/N]" in said
    assert good is (environment == "shop"), said
    assert Clock.objects.get().environment == environment
    assert Mark.objects.exists() is (environment == "studio")


def test_check_and_adopt_exclude_each_other(cloud: Emulator, set_up: SetUp) -> None:
    """One changes nothing, the other does."""
    assert "choose one" in set_up("--check", "--adopt")[1]
    assert Clock.objects.get().environment == "studio"
