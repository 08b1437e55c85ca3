"""Histories that the dice found, made short: each once ended with two environments that differed."""

from __future__ import annotations

import pytest
from django.db import connections, transaction

from feedsync.testing import Step, World, crash_at
from tests.library.models import Category, Club, Country, Language, Membership, Person, Profile, RingA, RingB, Stamp

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def converge(world: World) -> None:
    world.settle()
    world.assert_converged()


def swap(model: type[Category] | type[Country], name: str, one: str, other: str) -> None:
    with transaction.atomic(using=model.objects.db):
        for old, new in ((one, "moving"), (other, one), ("moving", other)):
            model.objects.filter(**{name: old}).update(**{name: new})


def test_an_object_and_its_rename_in_one_batch_are_one_object(world: World) -> None:
    """The state under the old key is over, even if it is delivered beside the rename."""
    with world.on("studio"):
        category = Category.objects.create(slug="f")
    world.drain("studio")
    with world.on("studio"):
        category.slug = "c"
        category.save()
    converge(world)


def test_a_rename_and_the_deletion_after_it_in_one_batch_leave_nothing(world: World) -> None:
    """The deletion hides the rename, but not that the old key was left."""
    with world.on("studio"):
        category = Category.objects.create(slug="e")
    world.drain("studio")
    world.deliver("shop")
    with world.on("studio"):
        Category.objects.update(slug="a")
    world.drain("studio")
    with world.on("studio"):
        category.delete()
    converge(world)


def test_a_key_that_was_published_before_a_crash_is_buried_when_its_row_leaves_it(world: World) -> None:
    """The ledger never learned that the key was told, and the replica has it."""
    with world.on("studio"):
        category = Category.objects.create(slug="f")
    world.relay("studio", at=crash_at(Step.PUBLISHED))
    with world.on("studio"):
        category.slug = "c"
        category.save()
    converge(world)


def test_a_key_that_was_exported_unrelayed_is_buried_when_its_row_leaves_it(world: World) -> None:
    """The export told the replica of a key that the relay never saw."""
    with world.on("studio"):
        country = Country.objects.create(code="b")
    world.drain("studio")
    for code in ("e", "c"):
        with world.on("studio"):
            country.code = code
            country.save()
        if code == "e":
            world.pull("studio", "shop")
    converge(world)


def test_a_rename_that_a_pull_brought_first_keeps_the_row(world: World) -> None:
    """The message with the old key comes after the pull, and the pull is repeated."""
    with world.on("studio"):
        Person.objects.create(email="a@example.org")
    world.drain("studio")
    with world.on("studio"):
        Person.objects.update(email="e@example.org")
    pull = world.begin_pull("studio", "shop", chunk=1)
    pull.step(dying=True)
    world.deliver("shop")
    with world.on("shop"):
        row = Person.objects.get().pk
    pull.run()
    converge(world)
    with world.on("shop"):
        assert Person.objects.get().pk == row


def test_a_recreated_object_that_only_a_pull_told_of_can_be_deleted(world: World) -> None:
    """The ledger has a tombstone of the key, and the replica a row."""
    with world.on("studio"):
        Category.objects.create(slug="a").delete()
    world.drain("studio")
    with world.on("studio"):
        category = Category.objects.create(slug="a")
    world.pull("studio", "shop")
    with world.on("studio"):
        category.delete()
    converge(world)


def test_swapped_slugs_within_a_tree(world: World) -> None:
    """Parents are found by the keys that they get, not by those that they leave."""
    with world.on("studio"):
        first = Category.objects.create(slug="b")
        second = Category.objects.create(slug="d", parent=first)
        Category.objects.create(slug="c", parent=second)
    world.pull("studio", "shop")
    with world.on("studio"):
        swap(Category, "slug", "b", "d")
    converge(world)


def test_a_new_object_under_a_key_that_another_left_in_the_same_batch(world: World) -> None:
    """A reference to the key means the new one."""
    with world.on("studio"):
        first = RingA.objects.create(code="c")
        RingB.objects.create(code="d", a=first)
    world.drain("studio")
    world.deliver("shop")
    with world.on("studio"):
        RingA.objects.update(code="a")
        RingB.objects.create(code="e", a=RingA.objects.create(code="c"))
    converge(world)


def test_an_object_takes_the_key_of_one_that_is_gone(world: World) -> None:
    """Nobody tells the replica that the former holder is gone: the sweep insists after a while."""
    with world.on("studio"):
        Category.objects.create(slug="d")
        Category.objects.create(slug="b")
    world.drain("studio")
    world.deliver("shop")
    with world.on("studio"):
        Category.objects.get(slug="b").delete()
        Category.objects.filter(slug="d").update(slug="b")
    converge(world)


def test_a_late_deletion_spares_the_row_that_its_parent_carried_to_another_key(world: World) -> None:
    """A person is renamed, the profile deleted and written anew: the old profile's key is deleted, not the new one."""
    with world.on("studio"):
        person = Person.objects.create(email="f@example.org")
        Profile.objects.create(person=person)
    world.drain("studio")
    world.deliver("shop")
    with world.on("studio"):
        Person.objects.update(email="a@example.org")
        Profile.objects.get().delete()
        Profile.objects.create(person=person, biography="new")
    converge(world)


def test_references_to_a_column_follow_when_it_is_renamed(world: World) -> None:
    """A stamp refers to the country's code, which the database checks by value."""
    with world.on("studio"):
        Stamp.objects.create(country=Country.objects.create(code="e"), number=1)
    world.drain("studio")
    world.deliver("shop")
    alias = world.alias("studio")
    # MariaDB, which looks at each row, would let neither move first.
    with world.on("studio"), connections[alias].constraint_checks_disabled(), transaction.atomic(using=alias):
        Country.objects.update(code="b")
        Stamp.objects.update(country_id="b")
    converge(world)


def test_children_that_arrive_before_their_parents_are_swapped(world: World) -> None:
    """A language of the country that is now c comes before c is that country."""
    with world.on("studio"):
        country = Country.objects.create(code="d")
        Country.objects.create(code="c")
        Language.objects.create(country=country, code="a")
    world.pull("studio", "shop")
    with world.on("studio"):
        swap(Country, "code", "c", "d")
    world.drain("studio")
    for _ in range(20):
        world.deliver("shop", 1)
    converge(world)


def test_a_membership_moves_with_both_of_its_parents_renamed(world: World) -> None:
    """Its key runs through two rows that change theirs."""
    with world.on("studio"):
        person, club = Person.objects.create(email="b@example.org"), Club.objects.create(name="d")
        Membership.objects.create(person=person, club=club)
    world.pull("studio", "shop")
    with world.on("studio"):
        Club.objects.update(name="e")
        Person.objects.update(email="a@example.org")
    converge(world)


def test_a_key_that_was_left_and_taken_again_means_who_took_it(world: World) -> None:
    """What refers to it was said after the rename: it waits, and doesn't follow the one that left."""
    with world.on("studio"):
        RingA.objects.create(code="d")
    world.drain("studio")
    with world.on("studio"):
        RingA.objects.update(code="e")
    world.drain("studio")
    world.deliver("shop")
    with world.on("studio"):
        RingB.objects.create(code="a", a=RingA.objects.create(code="d"))
    world.drain("studio")
    world.begin_pull("studio", "shop", chunk=1).step()
    with world.on("shop"):
        assert not RingB.objects.exists()
    converge(world)
