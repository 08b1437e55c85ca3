"""NULL and JSON's own null are both None in Python, and two values in the database."""

from __future__ import annotations

import pytest
from django.db.models import JSONField, Value

from feedsync.testing import World
from tests.library.models import EveryField

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

NULLS = {"null": None, "json": Value(None, JSONField())}


def nulls() -> dict[str, bool]:
    """{name: whether the column is NULL}."""
    rows = EveryField.objects.order_by("name")
    assert {row.json for row in rows} == {None}
    return {row.name: row.name in rows.filter(json__isnull=True).values_list("name", flat=True) for row in rows}


@pytest.mark.parametrize("by_pull", [False, True])
def test_null_and_json_null_arrive_as_they_are(world: World, by_pull: bool) -> None:
    """By the feed and by a pull, when a row is made and when it is changed from one to the other."""
    for first, second in (("null", "json"), ("json", "null")):
        with world.on("studio"):
            EveryField.objects.update_or_create(name="a", defaults={"json": NULLS[first]})
            EveryField.objects.update_or_create(name="b", defaults={"json": NULLS[second]})
        if by_pull:
            world.pull("studio", "shop")
        world.settle()
        with world.on("shop"):
            assert nulls() == {"a": first == "null", "b": second == "null"}
    world.assert_converged()
