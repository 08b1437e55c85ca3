"""Clocks that are wrong (P8)."""

from __future__ import annotations

import pytest

from feedsync import capture_disabled
from feedsync.models import LedgerEntry
from feedsync.provisioning import stamps
from feedsync.testing import World
from tests.db.convergence.histories import DATABASES
from tests.library.models import Country

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])
MINUTE = 60_000


def test_p08_a_change_from_the_future_waits_for_its_time(databases: None) -> None:
    """Sweeps don't let it in early, and nothing is lost."""
    world = World(DATABASES, flows=[("studio", "shop")], skews={"studio": 7 * MINUTE})
    with world.on("studio"):
        Country.objects.create(code="GB")
    world.drain("studio")
    world.settle()
    assert "clock" in world.leftovers()[0]
    world.time.pass_by(3 * MINUTE)
    world.settle()
    world.assert_converged()


def test_a_slow_clock_loses_no_write(databases: None) -> None:
    """An edit is above everything that its environment has seen of the object, whatever the clock says."""
    world = World(DATABASES, skews={"studio": 4 * MINUTE})
    with world.on("studio"):
        Country.objects.create(code="GB", name="first")
    world.settle()
    with world.on("shop"):
        Country.objects.update(name="second")
    world.settle()
    world.assert_converged()
    with world.on("studio"):
        assert Country.objects.get().name == "second"


def test_p10_a_pull_of_a_restored_database_wins(world: World) -> None:
    """The studio's database came from a backup: what the shop got after that backup is no longer so."""
    with world.on("studio"):
        Country.objects.create(code="GB", name="in the backup")
        Country.objects.create(code="FR", name="deleted after it")
    world.settle()
    with world.on("studio"):
        backup = list(LedgerEntry.objects.all())
        Country.objects.filter(code="GB").update(name="after the backup")
        Country.objects.filter(code="FR").delete()
    world.settle()
    with world.on("studio") as alias, capture_disabled():
        Country.objects.filter(code="GB").update(name="in the backup")
        Country.objects.create(code="FR", name="deleted after it")
        LedgerEntry.objects.all().delete()
        LedgerEntry.objects.bulk_create(backup)
        stamps.adopt(now=lambda: world.time.milliseconds)
        assert not LedgerEntry.objects.using(alias).exists()
    world.pull("studio", "shop")
    world.assert_converged()
    with world.on("shop"):
        names = dict(Country.objects.values_list("code", "name"))
    assert names == {"GB": "in the backup", "FR": "deleted after it"}
