"""Renames where both sides write: histories that the dice found, made short."""

from __future__ import annotations

import pytest
from django.db import transaction

from feedsync.testing import Step, World
from tests.db.convergence.test_found import converge, swap
from tests.library.models import Club, Country, Item, Language, Membership, Person, Profile, RingA, Tag

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def test_p3_a_key_taken_after_it_was_left_stays_with_its_new_object(both: World) -> None:
    """The renamed object is edited once more: that says again when it left the key, not that nobody may have it."""
    with both.on("studio"):
        Tag.objects.create(slug="a")
    both.drain("studio")
    both.deliver("shop")
    with both.on("studio"):
        Tag.objects.update(slug="b")
    both.drain("studio")
    both.deliver("shop")
    with both.on("shop"):
        Tag.objects.create(slug="a", label="new")
    both.drain("shop")
    with both.on("studio"):
        Tag.objects.update(label="edited")
    both.drain("studio")
    converge(both)
    with both.on("studio"):
        assert dict(Tag.objects.values_list("slug", "label")) == {"a": "new", "b": "edited"}


def test_two_relays_that_read_a_row_under_two_keys(both: World) -> None:
    """The second tells of the new key before the first tells of the old one, and neither knew of the other's."""
    with both.on("shop"):
        RingA.objects.create(code="c")

    def overtake(step: Step) -> None:
        if step is Step.READ:
            both.time.pass_by(20_000)
            with both.on("shop"):
                RingA.objects.update(code="f")
            both.relay("shop")

    both.relay("shop", at=overtake)
    converge(both)
    with both.on("studio"):
        assert [ring.code for ring in RingA.objects.all()] == ["f"]


def test_a_reference_from_elsewhere_means_whoever_had_the_key_there(both: World) -> None:
    """Only the studio knows yet that the club has another name, and that another one has its old name."""
    with both.on("shop"):
        Club.objects.create(name="d")
        Person.objects.create(email="a@example.org")
    both.drain("shop")
    both.deliver("studio")
    with both.on("studio"):
        Club.objects.update(name="f")
        Club.objects.create(name="d")
    with both.on("shop"):
        Membership.objects.create(person=Person.objects.get(), club=Club.objects.get())
    both.drain("shop")
    both.deliver("studio")
    converge(both)
    with both.on("studio"):
        assert Membership.objects.get().club.name == "f"


def test_two_objects_that_get_one_key_become_one(both: World) -> None:
    """Each side made one, and one was renamed to the other's key: what depends on either depends on what is left."""
    with both.on("shop"):
        person = Person.objects.create(email="a@example.org")
        Profile.objects.create(person=person, biography="the shop's")
        Item.objects.create(code="s", owner=person)
    both.drain("shop")
    with both.on("studio"):
        person = Person.objects.create(email="b@example.org")
        Profile.objects.create(person=person, biography="the studio's")
        Item.objects.create(code="t", owner=person)
    both.deliver("studio")
    with both.on("shop"):
        Person.objects.update(email="b@example.org")
    converge(both)
    for name in ("studio", "shop"):
        with both.on(name):
            assert Person.objects.get().email == "b@example.org"
            assert Profile.objects.count() == 1
            assert set(Item.objects.values_list("owner__email", flat=True)) == {"b@example.org"}


def test_texts_of_two_languages_that_become_one(both: World) -> None:
    """The same code on both sides, under two countries of which one is renamed to the other."""
    for name, code in (("studio", "e"), ("shop", "b")):
        with both.on(name):
            Language.objects.create(country=Country.objects.create(code=code), code="f")
    both.drain("shop")
    both.drain("studio")
    both.deliver("studio")
    both.deliver("shop")
    with both.on("shop"), transaction.atomic(using=both.alias("shop")):
        Country.objects.get(code="e").delete()
        Country.objects.filter(code="b").update(code="e")
    converge(both)
    with both.on("studio"):
        assert [str(language.country.code) for language in Language.objects.all()] == ["e"]


def test_swapped_where_both_sides_have_made_one_of_the_two(both: World) -> None:
    """A pull each way mends what the dependants have become."""
    for name in ("studio", "shop"):
        with both.on(name):
            Country.objects.create(code="d")
    with both.on("shop"):
        Country.objects.create(code="c")
    with both.on("studio"):
        Language.objects.create(country=Country.objects.get(), code="a")
    both.drain("shop")
    both.deliver("studio")
    with both.on("shop"):
        swap(Country, "code", "c", "d")
    both.settle()
    both.pull("studio", "shop")
    both.pull("shop", "studio")
    converge(both)
