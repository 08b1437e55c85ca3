"""An object is deleted on one side and made anew, while the other side's news of who refers to it is on the way."""

from __future__ import annotations

import pytest

from feedsync.testing import World
from tests.library.models import Category, Copy, Country, Language, Tag

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

ANY_ORDER = pytest.mark.parametrize("dice", range(6))


def one_by_one(world: World, *names: str) -> None:
    for name in names:
        while world.waiting(name):
            world.deliver(name, 1)


def deleted_unheard(world: World) -> None:
    """The studio deletes category "c" before it hears that the shop's "f" is below it."""
    with world.on("shop"):
        Category.objects.create(slug="c")
    world.settle()
    with world.on("shop"):
        Category.objects.create(slug="f", parent=Category.objects.get())
    world.drain("shop")
    with world.on("studio"):
        Category.objects.get().delete()
    world.drain("studio")


def made_anew(world: World) -> None:
    """So it does, and makes another."""
    deleted_unheard(world)
    with world.on("studio"):
        Category.objects.create(slug="c")
    world.drain("studio")


@ANY_ORDER
def test_a_reference_to_what_was_deleted_means_nobody_made_since(dice: int, databases: None) -> None:
    """Wherever deletion, new object and reference come in whichever order."""
    world = World({"studio": "default", "shop": "other"}, seed=dice)
    made_anew(world)
    one_by_one(world, *(("studio", "shop") if dice % 2 else ("shop", "studio")))
    world.settle()
    world.assert_converged()
    for name in world.names:
        with world.on(name):
            assert Category.objects.get(slug="f").parent is None


def test_all_at_once(databases: None) -> None:
    """The deletion is passed over where the new object is in the same batch, and still has its effect."""
    world = World({"studio": "default", "shop": "other"})
    made_anew(world)
    world.settle()
    world.assert_converged()


def test_who_refers_to_the_new_object_stays(databases: None) -> None:
    """What was told after the deletion, and what was edited here since, isn't touched by a deletion that comes late."""
    world = World({"studio": "default", "shop": "other"}, flows=[("studio", "shop")])
    with world.on("studio"):
        Category.objects.create(slug="c")
    world.settle()
    with world.on("studio"):
        Category.objects.get().delete()
    world.drain("studio")
    [deletion] = world._hosts["shop"].subscriptions["studio"].published[-1:]
    with world.on("studio"):
        Category.objects.create(slug="f", parent=Category.objects.create(slug="c"))
    world.settle()
    world._hosts["shop"].subscriptions["studio"].publish([deletion])
    world.settle()
    world.assert_converged()
    with world.on("shop"):
        assert Category.objects.get(slug="f").parent is not None


@ANY_ORDER
def test_a_member_that_was_deleted_and_made_anew(dice: int, databases: None) -> None:
    """A set that named it before the deletion doesn't have the new one."""
    world = World({"studio": "default", "shop": "other"}, seed=dice)
    with world.on("shop"):
        Tag.objects.create(slug="t")
        country = Country.objects.create(code="GB", name="")
        Copy.objects.create(language=Language.objects.create(country=country, code="en"), key="k", value="")
    world.settle()
    with world.on("shop"):
        Copy.objects.get().tags.set(Tag.objects.all())
    world.drain("shop")
    with world.on("studio"):
        Tag.objects.get().delete()
    world.drain("studio")
    with world.on("studio"):
        Tag.objects.create(slug="t")
    world.drain("studio")
    one_by_one(world, *(("studio", "shop") if dice % 2 else ("shop", "studio")))
    world.settle()
    world.assert_converged()


def test_a_deletion_loses_to_an_edit_here(databases: None) -> None:
    """What is kept here, and made anew there by that, is referred to by nobody who was told before."""
    world = World({"studio": "default", "shop": "other"})
    deleted_unheard(world)
    with world.on("shop"):
        Category.objects.filter(slug="c").update(parent=Category.objects.create(slug="x"))
    world.deliver("shop")
    world.settle()
    world.assert_converged()
