"""django-taggit: tags travel where the through model has foreign keys; a generic one is refused with advice."""

from __future__ import annotations

import pytest
from taggit.models import Tag, TaggedItem

from feedsync import registry
from feedsync.checks import registrations, topology
from feedsync.testing import World
from tests.db.thirdparty.conftest import Register
from tests.thirdparty.models import Article, TaggedArticle

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def tags(article: Article) -> list[str]:
    return sorted(article.tags.names())


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


def test_generic_tags_are_refused(register: Register) -> None:
    """The hint says what to do instead."""
    register(Tag, "slug")
    register(TaggedItem, "tag", "content_type", "object_id")
    feed = registry.get("taggit.taggeditem")
    found = [*registrations.check_feed(feed), *topology.check_feed(feed)]
    assert [message.id for message in found] == ["feedsync.E011"]
    assert "through model" in str(found[0].hint)
