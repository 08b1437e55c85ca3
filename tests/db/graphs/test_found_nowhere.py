"""Generic relations that lead nowhere for a while: their rows are no feed's meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from tests.db.graphs.stories import GENERIC, PARENT, Story, agree, model, told

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def _kind(name: str) -> ContentType:
    return ContentType.objects.get(app_label="library", model=name)


@pytest.mark.parametrize("pulled", [False, True])
def test_a_generic_relation_is_there_before_its_object(story: Story, pulled: bool) -> None:
    """Nothing is written to its row when the object comes."""
    world, m = story(PARENT + model("G", GENERIC, '"code"'))
    with world.on("studio"):
        m.G.objects.create(code="g", kind=_kind("p"), object_id=1)
    told(world)
    with world.on("studio"):
        m.P.objects.create(pk=1, code="a")
    if pulled:
        world.pull("studio", "shop")  # an export enters what it gives out
    agree(world)
    with world.on("shop"):
        assert m.G.objects.get().object_id == m.P.objects.get().pk


def test_a_generic_relation_to_a_row_whose_own_leads_somewhere_again(story: Story) -> None:
    """It was no feed's either, over any number of rows."""
    world, m = story(PARENT + model("G", GENERIC, '"code"'))
    with world.on("studio"):
        gone = m.P.objects.create(code="a")
        last = m.G.objects.create(code="1", kind=_kind("p"), object_id=gone.pk)
        middle = m.G.objects.create(code="2", kind=_kind("g"), object_id=last.pk)
        m.G.objects.create(code="3", kind=_kind("g"), object_id=middle.pk)
    told(world)
    with world.on("studio"):
        gone.delete()
    told(world)
    assert _codes(world, m) == []
    with world.on("studio"):
        m.G.objects.filter(code="1").update(kind=None, object_id=None)
    agree(world)
    assert _codes(world, m) == ["1", "2", "3"]


def _codes(world: Any, m: Any) -> list[str]:
    world.settle()
    with world.on("shop"):
        return sorted(m.G.objects.values_list("code", flat=True))
