"""Mesh, ring and star: what is written anywhere arrives everywhere, once (P7)."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from django.conf import settings
from django.test import override_settings

from feedsync import capture_disabled, conf
from feedsync.models import LedgerEntry
from feedsync.testing import Step, World, crash_at
from tests.db.topology.shapes import names, world
from tests.library.models import Category, Country, Language, Tag

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
everywhere = pytest.mark.parametrize(("shape", "number"), [("mesh", 4), ("ring", 3), ("ring", 4), ("star", 4)])


def ranks(there: World, name: str) -> set[tuple[str, int, str]]:
    rows = LedgerEntry.objects.using(there.alias(name)).exclude(version=0)
    return set(rows.values_list("key", "version", "origin"))


@everywhere
def test_p07_what_each_writes_arrives_at_all(shape: str, number: int, databases: None) -> None:
    """Creation, change, rename and deletion, by each environment; all ledgers show the same versions and origins."""
    there = world(shape, number)
    for name in there.names:
        with there.on(name):
            country = Country.objects.create(code=name, name="")
            Language.objects.create(country=country, code="x")
            Tag.objects.create(slug=f"gone-{name}")
        there.settle()
    for name in there.names:
        with there.on(name):
            Country.objects.filter(code=name).update(code=f"{name}2")
            Tag.objects.get(slug=f"gone-{name}").delete()
    there.settle()
    there.assert_converged()
    assert len({frozenset(ranks(there, name)) for name in there.names}) == 1
    assert {origin for *_, origin in ranks(there, "a")} == set(names(number))


PUBLISHED = {("mesh", 4): 1, ("star", 4): 2, ("ring", 3): 3, ("ring", 4): 4}


@everywhere
def test_p07_a_change_is_published_once_by_each_that_has_to(shape: str, number: int, databases: None) -> None:
    """A mesh publishes a change once, a star's hub once more, a ring once at each; then there is silence."""
    there = world(shape, number)
    with there.on("b"):
        Tag.objects.create(slug="x")
    there.settle()
    assert sum(there.published(name) for name in there.names) == PUBLISHED[shape, number]
    with there.on("c"):
        Tag.objects.get().delete()
    there.settle()
    assert sum(there.published(name) for name in there.names) == 2 * PUBLISHED[shape, number]


def test_p07_everybody_forwards_in_a_mesh_and_it_ends(databases: None) -> None:
    """Needless, and bounded: each publishes the change once."""
    there = world("mesh", 4, forward="abcd")
    with there.on("a"):
        Tag.objects.create(slug="x")
    there.settle()
    assert [there.published(name) for name in there.names] == [1, 1, 1, 1]
    there.assert_converged()


def test_p07_without_a_forwarder_a_star_is_apart(databases: None) -> None:
    """What the hub doesn't pass on doesn't arrive."""
    there = world("star", 3, forward="")
    with there.on("b"):
        Tag.objects.create(slug="x")
    there.settle()
    assert not there.differences("a", "b")
    assert there.differences("b", "c") == ["library.tag ('x',): only in b"]


@pytest.mark.parametrize("step", [Step.READ, Step.PUBLISHED, Step.FINISHED])
def test_p07_a_forwarder_that_dies_loses_nothing(step: Step, databases: None) -> None:
    """The forward mark is there until the pages are confirmed; what is published twice changes nothing."""
    there = world("star", 3)
    with there.on("b"):
        Tag.objects.create(slug="x", label="first")
    there.drain("b")
    there.deliver("a")
    assert there.relay("a", at=crash_at(step)) is None
    there.settle()
    there.assert_converged()
    assert ranks(there, "a") == ranks(there, "b") == ranks(there, "c")


def test_p07_a_local_edit_goes_out_instead(databases: None) -> None:
    """Edited at the hub before it was passed on, also where it is edited back: never under the older version."""
    there = world("star", 3)
    with there.on("b"):
        Tag.objects.create(slug="x", label="by b")
    there.drain("b")
    there.deliver("a")
    with there.on("a"):
        Tag.objects.update(label="by a")
    there.relay("a")
    with there.on("a"):
        Tag.objects.update(label="by b")
    there.settle()
    there.assert_converged()
    assert {origin for _, _, origin in ranks(there, "c")} == {"a"}


@pytest.mark.parametrize("edited", [True, False])
def test_p07_content_that_is_kept_otherwise_is_no_edit(edited: bool, databases: None) -> None:
    """A row that isn't what came, and that nobody edited, is passed on as it is, with the version that it came with."""
    there = world("star", 3)
    with there.on("b"):
        Tag.objects.create(slug="x", label="by b")
    there.drain("b")
    there.deliver("a")
    with there.on("a"), capture_disabled() if not edited else nullcontext():
        Tag.objects.update(label="by a")
    there.settle()
    assert {origin for _, _, origin in ranks(there, "c")} == {"a" if edited else "b"}
    with there.on("c"):
        assert Tag.objects.get().label == "by a"


def test_p07_a_rename_keeps_its_row_behind_a_forwarder(databases: None) -> None:
    """Former keys are passed on, so that the row is renamed in place at the third, also if it hears of it late."""
    there = world("star", 3)
    with there.on("b"):
        Language.objects.create(country=Country.objects.create(code="x", name=""), code="l")
    there.settle()
    with there.on("c"):
        pk = Country.objects.get().pk
    for code in ("y", "z"):
        with there.on("b"):
            Country.objects.update(code=code)
        there.drain("b")
        there.deliver("a")
    there.settle()
    there.assert_converged()
    with there.on("c"):
        assert Country.objects.get(code="z").pk == pk


def test_p07_a_list_says_whose_changes_are_passed_on() -> None:
    """Changes of others stay where they are; its own, which a pull brought back, go with them."""
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, "ENVIRONMENT": "a", "FORWARD": ["b"]}):
        assert [conf.settings().forwards_changes_of(name) for name in "abcd"] == [True, True, False, False]


def test_p07_a_pull_is_passed_on(databases: None) -> None:
    """What the hub learns by a pull it tells those who listen, once; a pull that brings nothing new tells nothing."""
    there = world("star", 3)
    with there.on("b"), capture_disabled():
        Tag.objects.create(slug="x")
    there.pull("b", "a")
    there.settle()
    there.assert_converged("a", "b", "c")
    before = there.published("a")
    there.pull("b", "a")
    there.settle()
    assert there.published("a") == before == 1


def test_p07_a_feed_that_is_one_way_at_the_hub_stays_there(databases: None) -> None:
    """Nothing of it is published (P6); other feeds are passed on."""
    there = world("star", 3)
    with there.on("b"):
        Tag.objects.create(slug="x")
        Country.objects.create(code="x", name="")
    there.drain("b")
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, "ONE_WAY": {"library.tag": "repair"}}):
        there.deliver("a")
    there.settle()
    assert there.published("a") == 1
    assert there.differences("a", "c") == ["library.tag ('x',): only in a"]


@pytest.mark.parametrize("dice", range(4))
def test_p07_a_deletion_that_comes_late_is_told_with_the_object_that_lives(dice: int, databases: None) -> None:
    """Only the hub hears of a deletion that comes after the object that was made anew; then its maker is told, too."""
    there = world("star", 4)
    with there.on("b"):
        Category.objects.create(slug="c")
    there.settle()
    with there.on("a"):
        Category.objects.create(slug="f", parent=Category.objects.get())
    there.drain("a")
    there.deliver("c")
    there.deliver("d")
    with there.on("b"):
        Category.objects.get().delete()
    there.drain("b")
    with there.on("c"):
        Category.objects.filter(slug="c").update(parent=Category.objects.get(slug="f"))
    there.drain("c")
    there.random.seed(dice)
    while there.waiting("a"):
        there.deliver("a", 1)
    there.settle()
    there.assert_converged()
