"""`World.run`: a seed tells the same history again, a failing one shrinks, and honest code converges."""

from __future__ import annotations

import random

import pytest

from feedsync import capture_disabled
from feedsync.testing import Faults, World
from tests.library.models import Copy, Country, Language, Tag

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.not_on_mariadb("Django clones by mysqldump")]
FAULTS = Faults(lost=0.1, unconfirmed=0.1, duplicated=0.2)


def create_tag(dice: random.Random) -> None:
    Tag.objects.get_or_create(slug=f"t{dice.randrange(5)}", defaults={"label": str(dice.randrange(9))})


def edit_tag(dice: random.Random) -> None:
    Tag.objects.filter(slug=f"t{dice.randrange(5)}").update(label=str(dice.randrange(9)))


def delete_tag(dice: random.Random) -> None:
    Tag.objects.filter(slug=f"t{dice.randrange(5)}").delete()


def create_copy(dice: random.Random) -> None:
    country, _ = Country.objects.get_or_create(code=dice.choice(["GB", "FR"]))
    language, _ = Language.objects.get_or_create(country=country, code="x")
    copy, _ = Copy.objects.get_or_create(language=language, key=str(dice.randrange(3)))
    copy.tags.set(Tag.objects.order_by("slug")[: dice.randrange(3)])


def past_the_capture(dice: random.Random) -> None:
    with capture_disabled():
        Tag.objects.update_or_create(slug="t0", defaults={"label": "nobody hears of it"})


OPERATIONS = [create_tag, edit_tag, delete_tag, create_copy]


@pytest.mark.parametrize("envs", [["studio", "shop"], ["studio", "shop", "kiosk"]])
def test_honest_operations_converge(envs: list[str]) -> None:
    """Whatever is lost, doubled, reordered, and whoever dies before which statement."""
    for seed in range(6):
        World(envs, faults=FAULTS).run(OPERATIONS, seed=seed).assert_converged()


def test_a_seed_tells_the_same_again() -> None:
    """The same rows, with the same primary keys."""
    ends = []
    for _ in range(2):
        world = World(["studio", "shop"], faults=FAULTS).run(OPERATIONS, seed=3)
        ends.append([sorted(Tag.objects.using(world.alias(name)).values_list()) for name in world.names])
    assert ends[0] == ends[1]


def first_failure() -> str:
    """A pull would repair what nobody heard of: not every history fails."""
    for seed in range(40):
        world = World(["studio", "shop"], flows=[("studio", "shop")])
        try:
            world.run({create_copy: 3, past_the_capture: 1}, seed=seed, steps=25).assert_converged()
        except AssertionError as error:
            return str(error)
    return ""


def test_a_failing_history_is_shrunk_to_what_it_takes() -> None:
    """Of many steps the one write that nobody heard of is left, with the seed that tells all of them again."""
    told = first_failure()
    assert "tells the same 25 steps. It takes 1 of them" in told
    assert "studio: past_the_capture(" in told
