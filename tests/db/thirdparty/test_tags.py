"""django-taggit: tags at their objects, by foreign keys of a through model or by taggit's generic relation."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from taggit.models import Tag, TaggedItem

from feedsync.testing import World
from tests.db.thirdparty.conftest import Register
from tests.thirdparty.models import Article, Note, TaggedArticle

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def tags(tagged: Article | Note) -> list[str]:
    return sorted(tagged.tags.names())


def test_tags_of_articles(world: World, register: Register) -> None:
    """Set, removed and renamed by the manager of taggit, with articles under other ids."""
    register(Tag, "slug")
    register(Article, "slug")
    register(TaggedArticle, "tag", "content_object")
    with world.on("shop"):
        Article.objects.create(slug="a")
        Tag.objects.create(name="filler", slug="filler")
    with world.on("studio"):
        Tag.objects.create(name="filler", slug="filler")
        for slug in "cba":
            Article.objects.create(slug=slug).tags.add("red", "green", slug)
    world.settle()
    with world.on("studio"):
        article = Article.objects.get(slug="b")
        article.tags.set(["green", "blue"])
        Article.objects.filter(slug="b").update(slug="renamed")
        Tag.objects.filter(slug="green").update(slug="verde")
        Article.objects.get(slug="c").delete()
    world.settle()
    world.assert_converged()
    with world.on("shop"):
        assert tags(Article.objects.get(slug="renamed")) == ["blue", "green"]
        assert tags(Article.objects.get(slug="a")) == ["a", "green", "red"]


@pytest.fixture(params=["content_object", "object_id"])
def generic(request: pytest.FixtureRequest, register: Register) -> None:
    """Tags, what they stand at, and notes; articles are no feed."""
    register(Tag, "slug")
    register(Note, "slug")
    columns = ["content_type", "object_id"] if request.param == "object_id" else [request.param]
    register(TaggedItem, "tag", *columns)


def test_generic_tags(world: World, generic: None) -> None:
    """The object that a tag stands at is found by its key, whatever its ids, and followed when it is renamed."""
    with world.on("shop"):
        Note.objects.bulk_create(Note(slug=slug) for slug in "ab")
    with world.on("studio"):
        for slug in "cba":
            Note.objects.create(slug=slug).tags.add("red", "green", slug)
    world.settle()
    world.assert_converged()
    with world.on("studio"):
        Note.objects.get(slug="b").tags.set(["green", "blue"])
        Note.objects.filter(slug="b").update(slug="renamed")
        Tag.objects.filter(slug="green").update(slug="verde")
        Note.objects.get(slug="c").delete()
    world.settle()
    world.assert_converged()
    with world.on("shop"):
        assert tags(Note.objects.get(slug="renamed")) == ["blue", "green"]
        assert tags(Note.objects.get(slug="a")) == ["a", "green", "red"]
        assert TaggedItem.objects.count() == 5


def test_generic_tags_are_pulled(world: World, generic: None) -> None:
    """A full pull brings them, in chunks in which some stand at nothing that is registered."""
    with world.on("studio"):
        for number in range(5):
            Group.objects.create(name=str(number))
            TaggedItem.objects.create(tag=Tag.objects.create(name=f"g{number}"), content_object=Group.objects.last())
            Note.objects.create(slug=f"n{number}").tags.add("red")
    world.pull("studio", "shop", chunk=2)
    world.settle()
    world.assert_converged()
    with world.on("shop"):
        assert sorted(note.slug for note in Note.objects.filter(tags__name="red")) == ["n0", "n1", "n2", "n3", "n4"]
        assert TaggedItem.objects.count() == 5


def test_generic_tags_wait_for_their_object(world: World, generic: None) -> None:
    """A tag that arrives before its note is parked, and applied with it."""
    with world.on("studio"):
        note = Note.objects.create(slug="a")
    world.relay("studio")
    with world.on("studio"):
        note.tags.add("red")
    world.relay("studio")
    while world.waiting("shop"):
        world.deliver("shop", 1)
    world.settle()
    world.assert_converged()
    with world.on("shop"):
        assert tags(Note.objects.get()) == ["red"]


def test_a_tag_at_nothing_is_gone(world: World, generic: None) -> None:
    """Where a note goes and leaves its tags behind, they mean nothing anywhere."""
    with world.on("studio"):
        Note.objects.create(slug="a").tags.add("red")
    world.settle()
    with world.on("studio"):
        QuerySet(model=Note, using="default").all()._raw_delete(using="default")
    world.settle()
    world.assert_converged()
