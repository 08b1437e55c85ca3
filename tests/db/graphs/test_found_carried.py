"""References to objects whose keys run through others, and that move with these."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from tests.db.graphs.stories import CODED, GENERIC, PARENT, Story, agree, hear, model, one_by_one, swap, told

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

PART = model("C", 'owner = models.ForeignKey("P", models.CASCADE); n = models.IntegerField()', '"owner", "n"')
REFERRERS = {
    "reference": f'{CODED}; to = models.ForeignKey("C", models.CASCADE, null=True)',
    "set": f'{CODED}; to = models.ManyToManyField("C")',
    "generic": GENERIC,
    "several": f'{CODED}; to = models.ForeignKey("C", models.CASCADE, null=True); '
    'owner = models.ForeignKey("P", models.CASCADE, null=True)',
}


def _refer(referrers: Any, part: Any, how: str) -> None:
    if how == "set":
        referrers.get().to.set([part])
    elif how == "generic":
        kind = ContentType.objects.get(app_label="library", model="c")
        referrers.update(kind=kind, object_id=part.pk)
    elif how == "several":
        referrers.update(to=part, owner=part.owner_id)
    else:
        referrers.update(to=part)


@pytest.mark.parametrize("how", REFERRERS)
@pytest.mark.parametrize("dice", [0, 6, 10])
@pytest.mark.parametrize("moves", ["swap", "on"])
def test_a_reference_to_a_part_arrives_before_the_rename_of_its_owner(
    story: Story, how: str, dice: int, moves: str
) -> None:
    """It means the part of whoever has that code from then on, and doesn't go along with the one that it found."""
    world, m = story(PARENT + PART + model("R", REFERRERS[how], '"code"'))
    with world.on("studio"):
        owners = [m.P.objects.create(code=code) for code in "ab"]
        parts = [m.C.objects.create(owner=owner, n=1) for owner in owners]
        m.R.objects.create(code="r")
    told(world)
    with world.on("studio"):
        if moves == "swap":
            swap(m.P.objects, "a", "b")
        else:
            m.P.objects.filter(code="a").update(code="c")
            m.P.objects.filter(code="b").update(code="a")
    world.drain("studio")
    with world.on("studio"):
        _refer(m.R.objects, parts[0] if moves == "swap" else parts[1], how)
    world.drain("studio")
    one_by_one(world, dice)
    agree(world)


@pytest.mark.parametrize("dice", range(6))
def test_a_reference_to_what_hangs_on_a_part_arrives_early(story: Story, dice: int) -> None:
    """Two relations away from what is renamed, and known by a piece of the part's key only."""
    deep = model("D", 'c = models.ForeignKey("C", models.CASCADE); k = models.IntegerField()', '"c.owner", "k"')
    world, m = story(
        PARENT + PART + deep + model("R", f'{CODED}; to = models.ForeignKey("D", models.CASCADE, null=True)', '"code"')
    )
    with world.on("studio"):
        owners = [m.P.objects.create(code=code) for code in "ab"]
        ends = [m.D.objects.create(c=m.C.objects.create(owner=owner, n=1), k=2) for owner in owners]
        m.R.objects.create(code="r")
    told(world)
    with world.on("studio"):
        m.P.objects.filter(code="a").update(code="c")
        m.P.objects.filter(code="b").update(code="a")
        m.C.objects.update(n=3)
    world.drain("studio")
    with world.on("studio"):
        m.R.objects.update(to=ends[1])
    world.drain("studio")
    one_by_one(world, dice)
    agree(world)


def test_a_rename_waits_for_the_owner_and_its_object_goes(story: Story) -> None:
    """What waited is over, but for the key that it says the object left: news from before that must not make it."""
    world, m = story(PARENT + PART)
    with world.on("studio"):
        part = m.C.objects.create(owner=m.P.objects.create(code="a"), n=1)
    world.drain("studio")
    with world.on("studio"):
        m.C.objects.update(n=2)
    world.drain("studio")
    with world.on("studio"):
        part.delete()
    world.drain("studio")
    hear(world, lambda change: change.key == '["a",2]' and not change.deleted)
    hear(world, lambda change: change.deleted)
    agree(world)
