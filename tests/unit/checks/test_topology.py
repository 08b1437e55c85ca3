"""What the checks say of a model's relations."""

from __future__ import annotations

from typing import Any

from django.db import models

from feedsync import registry
from feedsync.checks import topology
from feedsync.registry import Feed
from tests.library.models import Book
from tests.unit.registering import Registering


def ids(feed: Feed) -> list[str | None]:
    return [found.id for found in topology.check_feed(feed)]


def test_test_models_hang_together() -> None:
    """Trees, rings, explicit through models that are feeds: nothing is said."""
    assert {feed.label: ids(feed) for feed in registry.feeds() if ids(feed)} == {}


def test_r23_through_model_that_is_no_feed(register: Registering) -> None:
    """Relations with an explicit through model stay behind unless it is a feed, or the fields are named."""

    class Link(models.Model):
        left = models.ForeignKey("Word", models.CASCADE, related_name="+")
        right = models.ForeignKey("Word", models.CASCADE, related_name="+")

        class Meta:
            app_label = "library"

    class Word(models.Model):
        code = models.TextField(unique=True)
        links = models.ManyToManyField("self", through=Link)

        class Meta:
            app_label = "library"

    feed = register(Word, "code")
    assert ids(feed) == ["feedsync.W002"]
    register(Link, "left.code", "right.code")
    assert ids(feed) == []
    register.undo()
    assert ids(register(Word, "code", fields=["code"])) == []


def test_parent_link_that_is_no_primary_key(register: Registering) -> None:
    """One parent is followed; a second one is an error."""

    class Left(models.Model):
        left_id = models.AutoField(primary_key=True)
        code = models.TextField(unique=True)

        class Meta:
            app_label = "library"

    class Right(models.Model):
        right_id = models.AutoField(primary_key=True)

        class Meta:
            app_label = "library"

    class Both(Left, Right):
        class Meta:
            app_label = "library"

    assert ids(register(Both, "code")) == ["feedsync.E012"]
    assert ids(register(Book, "code")) == []


class DatabaseCascade:
    """Stands for Django 6.1's where it has none: the database follows, no signal is sent."""

    __name__ = "DB_CASCADE"

    def __call__(self, *_: Any) -> None:
        """Nothing for Django to do."""

    def on_delete_sql(self, editor: Any) -> str:
        return " ON DELETE CASCADE"


def test_deletions_that_the_database_follows_itself(register: Registering) -> None:
    """Nothing is captured of them, so there is a warning."""
    on_delete: Any = getattr(models, "DB_CASCADE", DatabaseCascade())

    class Word(models.Model):
        code = models.TextField(unique=True)
        parent = models.ForeignKey("self", on_delete, null=True)

        class Meta:
            app_label = "library"

    assert ids(register(Word, "code")) == ["feedsync.W003"]
