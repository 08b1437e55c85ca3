"""A mirror beside everything else that happens: what the source has is never taken away, nothing else stays (P5)."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from feedsync import capture_disabled
from feedsync.testing import World
from feedsync.testing.emptying import empty
from tests.db.convergence.editing import Editor
from tests.db.convergence.histories import DATABASES, History
from tests.db.convergence.mirrors import MirrorPull
from tests.library.models import Country, Tag

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def strays(world: World, seed: int) -> None:
    """What the shop has and the studio doesn't: rows that nothing is known of."""
    with world.on("shop"), capture_disabled():
        editor = Editor(
            world.alias("shop"), random.Random(seed), side="sh", edits=History(seed).editors["studio"].edits
        )
        for _ in range(12):
            editor.edit()


def only_in_shop(world: World) -> bool:
    return all(line.endswith(": only in shop") for line in world.differences("studio", "shop"))


@pytest.mark.parametrize("seed", range(8))
def test_p5_beside_writers(seed: int, databases: None) -> None:
    """The studio writes and the shop receives while it mirrors, also between answer and removal, and it dies."""
    empty(DATABASES.values())
    history = History(seed)
    world = history.world
    strays(world, seed)
    with world.on("studio"):
        Tag.objects.create(slug="first")  # an empty source removes nothing
    dice = random.Random(seed)
    acts: list[Callable[[random.Random], str]] = [history.edit, history.edit, history.relay, history.deliver]

    def meddle() -> None:
        for _ in range(dice.randint(0, 3)):
            dice.choice(acts)(dice)

    for _ in range(3):
        mirror = MirrorPull(world, meddle, chunk=dice.choice([1, 3, 50]), dying=dice.randint(0, 2))
        while mirror.step(dying=dice.random() < 0.1):
            meddle()
        mirror.mirror()
    world.settle()
    assert only_in_shop(world), world.differences("studio", "shop")
    MirrorPull(world, lambda: None).mirror()
    world.settle()
    world.assert_converged()


def test_p5_what_comes_between_answer_and_removal_stays(world: World) -> None:
    """The source makes an object anew after it said that there is none: the newer version holds it."""
    with world.on("studio"):
        Tag.objects.create(slug="kept")
        gone = Tag.objects.create(slug="again")
    world.settle()
    with world.on("studio"), capture_disabled():
        gone.delete()
    done: list[str] = []

    def meddle() -> None:
        if not done:
            done.append("made anew")
            with world.on("studio"):
                Tag.objects.create(slug="again", label="new")
            world.drain("studio")
            world.deliver("shop")

    assert MirrorPull(world, meddle).mirror() == 0
    assert Tag.objects.using("other").get(slug="again").label == "new"


def test_p5_a_removal_is_no_deletion_for_others(world: World) -> None:
    """An environment that pulls from the mirror keeps what only the mirror removed."""
    for name in ("studio", "shop"):
        with world.on(name):
            Country.objects.create(code="GB", name="")
    world.settle()
    with world.on("shop"):
        Country.objects.create(code="FR", name="")
    world.drain("shop")
    world.pull("shop", "studio")  # the studio has it, too
    with world.on("studio"), capture_disabled():
        Country.objects.filter(code="FR").delete()
    assert MirrorPull(world, lambda: None).mirror() == 1
    with world.on("studio"), capture_disabled():
        Country.objects.create(code="FR", name="")  # from a backup, say
    world.pull("shop", "studio")
    assert set(Country.objects.using("default").values_list("code", flat=True)) == {"GB", "FR"}
