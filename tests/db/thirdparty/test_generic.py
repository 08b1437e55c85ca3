"""Generic relations beyond tags: ids of many kinds, and a number of statements that doesn't grow."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from taggit.models import Tag, TaggedItem

from feedsync import registry, snapshot
from feedsync.testing import World
from tests.db.thirdparty.conftest import Register
from tests.library.models import CodeThing
from tests.thirdparty.models import Note

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture(autouse=True)
def registered(register: Register) -> None:
    register(Tag, "slug")
    register(Note, "slug")
    register(TaggedItem, "tag", "content_object")


def test_ids_that_the_column_can_not_hold(world: World) -> None:
    """taggit's ids are integers: what has a text for its primary key is renamed and deleted without it."""
    with world.on("studio"):
        Note.objects.create(slug="a").tags.add("red")
        CodeThing.objects.create(code="text")
    world.settle()
    with world.on("studio"):
        CodeThing.objects.all().delete()
    world.settle()
    world.assert_converged()


def test_statements_do_not_grow(world: World) -> None:
    """Reading and applying a hundred tagged notes takes as many statements as ten."""
    counts = []
    for number in (10, 100):
        with world.on("studio"):
            for place in range(number):
                Note.objects.create(slug=f"{number}-{place}").tags.add("red")
        with CaptureQueriesContext(connections["default"]) as relaying:
            world.drain("studio")
        with CaptureQueriesContext(connections["other"]) as applying:
            world.deliver("shop")
        counts.append((len(relaying), len(applying)))
    world.assert_converged()
    assert counts[1][0] <= counts[0][0]
    assert counts[1][1] <= counts[0][1]


def test_found_by_key(world: World) -> None:
    """A key whose object isn't here, or whose model is unknown, finds nothing and harms nothing."""
    Note.objects.create(slug="a").tags.add("red")
    feed = registry.get("taggit.taggeditem")
    objects = ['["thirdparty.note",["a"]]', '["thirdparty.note",["b"]]', '["thirdparty.unknown",["a"]]', "null"]
    keys = [f'["red","thirdparty","note",{name}]' for name in objects]
    assert [state.key for state in snapshot.by_keys(feed, "default", keys)] == keys[:1]
