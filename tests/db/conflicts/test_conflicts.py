"""Two environments edit one object without knowing of each other: the loser is kept, and a person may take it (P1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consumers.conflicts import deciding, keeping
from consumers.conflicts.deciding import Decision
from consumers.models import Conflict
from feedsync.testing import World
from feedsync.testing.emptying import empty
from tests.db.convergence.histories import DATABASES
from tests.library.models import Country

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture
def both(transactional_db: None) -> World:
    """A country that the studio and the shop have, and both may edit."""
    empty(DATABASES.values())
    world = World(DATABASES)
    with world.on("studio"):
        Country.objects.create(code="GB", name="Britain")
    world.settle()
    return world


def edit(world: World, where: str, **values: Any) -> None:
    with world.on(where):
        Country.objects.filter(code="GB").update(**values)


def clock(world: World) -> Callable[[], int]:
    return lambda: world.time.milliseconds


def kept(world: World) -> dict[str, list[tuple[Any, Any]]]:
    """{environment: (name that won, name that lost) of each conflict there}"""
    found = {}
    for name in world.names:
        with world.on(name):
            rows = Conflict.objects.order_by("pk")
            found[name] = [(_name(keeping.winner_of(row)), _name(keeping.loser_of(row))) for row in rows]
    return found


def _name(change: Any) -> Any:
    return None if change.fields is None else change.fields["name"]


def names(world: World) -> dict[str, list[str]]:
    found = {}
    for name in world.names:
        with world.on(name):
            found[name] = list(Country.objects.values_list("name", flat=True))
    return found


def conflict(world: World, name: str) -> Conflict:
    with world.on(name) as alias:
        return Conflict.objects.using(alias).get()


def test_p01_a_newer_change_keeps_the_unrelayed_edit_that_it_overwrites(both: World) -> None:
    """The studio's edit waits for its relay; the shop's newer one arrives."""
    edit(both, "studio", name="from the studio")
    edit(both, "shop", name="from the shop")
    both.drain("shop")
    both.deliver("studio")
    both.settle()
    both.assert_converged()
    assert names(both)["studio"] == ["from the shop"]
    assert kept(both) == {"studio": [("from the shop", "from the studio")], "shop": []}


def test_p01_an_older_change_that_an_unrelayed_edit_refuses_is_kept(both: World) -> None:
    """The shop's change is older than the studio's edit, which had not seen it."""
    edit(both, "shop", name="from the shop")
    both.drain("shop")
    edit(both, "studio", name="from the studio")
    both.deliver("studio")
    both.settle()
    both.assert_converged()
    assert names(both)["shop"] == ["from the studio"]
    assert kept(both)["studio"] == [("from the studio", "from the shop")]


def test_p01_edits_that_cross_on_the_way_are_kept_where_they_lost(both: World) -> None:
    """Both are relayed before either arrives: the version decides, and its base tells that the other was not seen."""
    edit(both, "studio", name="from the studio")
    both.drain("studio")
    edit(both, "shop", name="from the shop")
    both.drain("shop")
    both.settle()
    both.assert_converged()
    assert kept(both) == {"studio": [("from the shop", "from the studio")], "shop": []}


def test_p01_one_after_the_other_is_no_conflict(both: World) -> None:
    """Whoever edits what has arrived knows of it, in any order of messages, and however often they come."""
    for number in range(3):
        for name in ("studio", "shop"):
            edit(both, name, name=f"{name} {number}")
            edit(both, name, name=f"{name} {number} again")
            both.drain(name)
            both.deliver("shop" if name == "studio" else "studio", acknowledge=False)
            both.settle()
    both.assert_converged()
    assert kept(both) == {"studio": [], "shop": []}


def test_p01_two_changes_in_one_batch(both: World) -> None:
    """The newer is based on the older, which had not seen the edit here: nor has the newer."""
    edit(both, "studio", name="from the studio")
    both.drain("studio")
    for number in range(2):
        edit(both, "shop", name=f"from the shop {number}")
        both.drain("shop")
    both.deliver("studio")
    both.settle()
    both.assert_converged()
    assert kept(both)["studio"] == [("from the shop 1", "from the studio")]


def test_p01_the_same_values_are_no_conflict(both: World) -> None:
    """Two who agree need nobody."""
    edit(both, "studio", name="agreed")
    edit(both, "shop", name="agreed")
    both.settle()
    assert kept(both) == {"studio": [], "shop": []}


def test_p01_a_deletion_against_an_edit(both: World) -> None:
    """The shop deletes what the studio has edited meanwhile: the edit is kept, and can be brought back."""
    edit(both, "studio", name="edited")
    both.drain("studio")
    with both.on("shop"):
        Country.objects.all().delete()
    both.drain("shop")
    both.settle()
    both.assert_converged()
    assert kept(both) == {"studio": [(None, "edited")], "shop": []}
    with both.on("studio"):
        assert deciding.take(Conflict.objects.get(), "ada", now=clock(both)) is Decision.DONE
    both.settle()
    both.assert_converged()
    assert names(both) == {"studio": ["edited"], "shop": ["edited"]}


def test_p01_an_edit_against_a_deletion(both: World) -> None:
    """The studio deletes, the shop edits later without knowing: the deletion is kept, and can be taken."""
    with both.on("studio"):
        Country.objects.all().delete()
    both.drain("studio")
    edit(both, "shop", name="edited")
    both.drain("shop")
    both.settle()
    both.assert_converged()
    assert kept(both) == {"studio": [("edited", None)], "shop": []}
    with both.on("studio"):
        assert deciding.take(Conflict.objects.get(), "ada", now=clock(both)) is Decision.DONE
    both.settle()
    both.assert_converged()
    assert names(both) == {"studio": [], "shop": []}


def test_taking_the_other_is_a_new_edit_for_everybody(both: World) -> None:
    """Once, whoever clicks twice; and it is no conflict of its own."""
    edit(both, "studio", name="from the studio")
    edit(both, "shop", name="from the shop")
    both.settle()
    row = conflict(both, "studio")
    with both.on("studio"):
        assert deciding.take(row, "ada", now=clock(both)) is Decision.DONE
        assert deciding.take(row, "bob", now=clock(both)) is Decision.DECIDED
        assert deciding.keep(row, "bob") is Decision.DECIDED
    both.settle()
    both.assert_converged()
    assert names(both) == {"studio": ["from the studio"], "shop": ["from the studio"]}
    assert kept(both)["shop"] == []
    row = conflict(both, "studio")
    assert (row.status, row.decided_by) == (Conflict.Status.TAKEN, "ada")


def test_what_was_edited_since_is_not_overwritten(both: World) -> None:
    """A decision is about what the person saw."""
    edit(both, "studio", name="from the studio")
    edit(both, "shop", name="from the shop")
    both.settle()
    edit(both, "shop", name="newer")
    both.settle()
    with both.on("studio"):
        assert deciding.take(Conflict.objects.get(), "ada", now=clock(both)) is Decision.CHANGED
        assert Conflict.objects.get().status == Conflict.Status.OPEN
    assert names(both) == {"studio": ["newer"], "shop": ["newer"]}


def test_a_change_that_was_refused_can_be_taken_once_the_edit_here_is_published(both: World) -> None:
    """The edit here is relayed with a later version than its mark's time; that is no edit since."""
    edit(both, "shop", name="from the shop")
    both.drain("shop")
    edit(both, "studio", name="from the studio")
    both.deliver("studio")
    both.settle()
    with both.on("studio"):
        assert deciding.take(Conflict.objects.get(), "ada", now=clock(both)) is Decision.DONE
    both.settle()
    both.assert_converged()
    assert names(both) == {"studio": ["from the shop"], "shop": ["from the shop"]}


def test_taking_a_refused_change_before_the_edit_here_is_published(both: World) -> None:
    """The mark still waits: the edit that is overwritten on purpose is no conflict of its own."""
    edit(both, "shop", name="from the shop")
    both.drain("shop")
    edit(both, "studio", name="from the studio")
    both.deliver("studio")
    with both.on("studio"):
        assert deciding.take(Conflict.objects.get(), "ada", now=clock(both)) is Decision.DONE
        assert Conflict.objects.count() == 1
    both.settle()
    both.assert_converged()
    assert names(both) == {"studio": ["from the shop"], "shop": ["from the shop"]}


def test_an_edit_since_that_waits_for_its_relay_is_not_overwritten(both: World) -> None:
    """The ledger knows nothing of it yet."""
    edit(both, "studio", name="from the studio")
    edit(both, "shop", name="from the shop")
    both.settle()
    edit(both, "studio", name="newer")
    with both.on("studio"):
        assert deciding.take(Conflict.objects.get(), "ada", now=clock(both)) is Decision.CHANGED
    both.settle()
    assert names(both) == {"studio": ["newer"], "shop": ["newer"]}


def test_old_conflicts_go(both: World) -> None:
    """After TOMBSTONE_DAYS, decided or not."""
    edit(both, "studio", name="from the studio")
    edit(both, "shop", name="from the shop")
    both.settle()
    with both.on("studio") as alias:
        keeping.prune(alias, timezone.now())
        assert Conflict.objects.count() == 1
        keeping.prune(alias, timezone.now() + dt.timedelta(days=10_000))
        assert Conflict.objects.count() == 0


def test_the_admin_shows_both_and_asks(both: World, admin_client: Client) -> None:
    """Field by field, what differs marked, with who and when; each button asks first."""
    edit(both, "studio", name="<b>from the studio</b>")
    edit(both, "shop", name="from the shop")
    both.settle()
    row = conflict(both, "studio")
    with both.on("studio"):
        assert "shop, edited" in admin_client.get("/admin/feedsync_consumers/conflict/").content.decode()
        url = f"/admin/feedsync_consumers/conflict/{row.pk}/change/"
        page = admin_client.get(url).content.decode()
        assert "from the shop" in page
        assert "&lt;b&gt;from the studio&lt;/b&gt;" in page
        assert page.count("feedsync-differs") == 1
        assert "Take the other version" in page
        data = {"action": "take", "_selected_action": [row.pk]}
        asked = admin_client.post("/admin/feedsync_consumers/conflict/", data).content.decode()
        assert "Take them?" in asked
        assert Conflict.objects.get().status == Conflict.Status.OPEN
        admin_client.post("/admin/feedsync_consumers/conflict/", {**data, "confirmed": "1"})
        assert Conflict.objects.get().decided_by == "admin"
        assert "Take the other version" not in admin_client.get(url).content.decode()
    assert names(both)["studio"] == ["<b>from the studio</b>"]
