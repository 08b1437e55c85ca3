"""What the checks say of one registration."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Upper

from feedsync import registry, shape
from feedsync.checks import registrations
from feedsync.registry import Feed
from tests.unit.registering import Registering


def ids(feed: Feed) -> list[str | None]:
    return [found.id for found in registrations.check_feed(feed)]


class Plain(models.Model):
    code = models.CharField(max_length=9, unique=True)

    class Meta:
        abstract = True


def test_sound_registrations_pass() -> None:
    """Nothing is said of the test models, except of the one whose key no constraint guards."""
    found = {feed.label: ids(feed) for feed in registry.feeds() if ids(feed)}

    assert found == {"library.nullablekey": ["feedsync.W001"]}


@pytest.mark.parametrize("path", ["cod", "code.name", "owner.nothing", "tags"])
def test_unknown_path_in_a_key(register: Registering, path: str) -> None:
    """A path that leads to no column is an error."""

    class Word(Plain):
        owner = models.ForeignKey("self", models.CASCADE)
        tags = models.ManyToManyField("self")

        class Meta:
            app_label = "library"

    assert ids(register(Word, path)) == ["feedsync.E003"]


def test_relation_to_an_unregistered_model(register: Registering) -> None:
    """Each such field is named, and leaving them out settles it."""

    class Owner(Plain):
        class Meta:
            app_label = "library"

    class Word(Plain):
        owner = models.ForeignKey(Owner, models.CASCADE)
        readers = models.ManyToManyField(Owner, related_name="+")

        class Meta:
            app_label = "library"

    feed = register(Word, "code")
    found = registrations.check_feed(feed)

    assert [message.id for message in found] == ["feedsync.E004", "feedsync.E004"]
    assert "exclude=[...]" in str(found[0].hint)
    register.undo()
    assert ids(register(Word, "code", fields=["code"])) == ["feedsync.W010"]


def test_relation_to_a_content_type_needs_no_registration(register: Registering) -> None:
    """Content types are the same everywhere."""

    class Word(Plain):
        kind = models.ForeignKey(ContentType, models.CASCADE, related_name="+")

        class Meta:
            app_label = "library"

    assert ids(register(Word, "code")) == []


def test_fields_that_cannot_be_replicated(register: Registering) -> None:
    """Misspelt names, generated columns and explicit through models are told apart, all at once."""

    class Link(models.Model):
        left = models.ForeignKey("Word", models.CASCADE, related_name="+")
        right = models.ForeignKey("Word", models.CASCADE, related_name="+")

        class Meta:
            app_label = "library"

    class Word(Plain):
        loud = models.GeneratedField(
            expression=Upper("code"), output_field=models.CharField(max_length=9), db_persist=True
        )
        links = models.ManyToManyField("self", through=Link)

        class Meta:
            app_label = "library"

    feed = register(Word, "code", fields=["code", "lound", "loud", "links"])

    assert ids(feed) == ["feedsync.E005", "feedsync.E006", "feedsync.E007"]


def test_circular_key(register: Registering) -> None:
    """A key that stands for itself is an error."""

    class Word(Plain):
        parent = models.ForeignKey("self", models.CASCADE)

        class Meta:
            app_label = "library"

    assert ids(register(Word, "parent", "code")) == ["feedsync.E008"]


@pytest.mark.parametrize("model", [User, Session])
def test_sensitive_models(register: Registering, model: type[models.Model]) -> None:
    """Accounts and sessions leave the environment only where someone says so."""
    assert "feedsync.E009" in ids(register(model, "pk"))
    register.undo()
    assert "feedsync.E009" not in ids(register(model, "pk", allow_sensitive=True))


def test_sensitive_fields(register: Registering) -> None:
    """Names of secrets are found as words, and what only sounds alike passes."""

    class Word(Plain):
        password_hash = models.TextField()
        api_key = models.TextField()
        access_token2 = models.TextField()
        secretary = models.TextField()
        monkey = models.TextField()

        class Meta:
            app_label = "library"

    assert ids(register(Word, "code")) == ["feedsync.E010"] * 3
    register.undo()
    assert ids(register(Word, "code", fields=["code", "secretary"])) == []
    register.undo()
    assert ids(register(Word, "code", allow_sensitive=True)) == []


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("apiKey", True),
        ("PASSWORD", True),
        ("client_secret", True),
        ("refresh_tokens", True),
        ("secretary", False),
        ("monkey", False),
        ("key", False),
        ("tokenizer", False),
    ],
)
def test_names_are_read_word_by_word(name: str, *, secret: bool) -> None:
    """What only sounds like a secret is none."""
    assert registrations.named_like_a_secret(name) is secret


def test_file_fields_are_files_that_are_replicated(register: Registering) -> None:
    """A name in file_fields that is no file is an error; a file needn't be in fields, too."""

    class Word(Plain):
        picture = models.FileField()
        other = models.FileField()

        class Meta:
            app_label = "library"

    feed = register(Word, "code", fields=["code", "picture"], file_fields=["picture", "other", "code"])

    assert ids(feed) == ["feedsync.E016"]


def test_automatic_primary_key_is_no_natural_key(register: Registering) -> None:
    """The id that each environment gives by itself can't name an object elsewhere."""

    class Word(Plain):
        class Meta:
            app_label = "library"

    assert ids(register(Word, "id")) == ["feedsync.E017"]


def test_composite_primary_key(register: Registering) -> None:
    """It backs a natural key, and is refused only where the row lies in several tables."""

    class Word(models.Model):
        pk = models.CompositePrimaryKey("left", "right")
        left = models.IntegerField()
        right = models.IntegerField()

        class Meta:
            app_label = "library"

    assert ids(register(Word, "left", "right")) == []

    class Parent(Plain):
        class Meta:
            app_label = "library"

    class Child(Parent):
        pk = models.CompositePrimaryKey("left", "right")
        left = models.IntegerField()
        right = models.IntegerField()

        class Meta:
            app_label = "library"

    assert ids(register(Child, "left", "right")) == ["feedsync.E013"]


@pytest.mark.parametrize(("length", "expected"), [(122, []), (123, ["feedsync.W018"]), (None, ["feedsync.W018"])])
def test_a_primary_key_that_a_mark_cannot_hold(register: Registering, length: int | None, expected: list[str]) -> None:
    """Its parts, a text and a reference to a text, and what joins them."""

    class Owner(models.Model):
        code = models.CharField(primary_key=True, max_length=132)

        class Meta:
            app_label = "library"

    class Word(models.Model):
        pk = models.CompositePrimaryKey("owner", "code")
        owner = models.ForeignKey(Owner, models.CASCADE)
        code = models.CharField(max_length=length) if length else models.TextField()

        class Meta:
            app_label = "library"

    register(Owner, "code")
    assert ids(register(Word, "owner.code", "code")) == expected


def test_all_but_the_excluded(register: Registering) -> None:
    """`exclude` keeps fields of a long list to each environment; the key stays, and misspelt names are told."""

    class Word(Plain):
        owner = models.ForeignKey(User, models.SET_NULL, null=True)
        note = models.TextField()

        class Meta:
            app_label = "library"

    assert shape.shape_of(register(Word, "code", exclude=["owner", "note", "code"])).names == {"code"}
    register.undo()
    assert ids(register(Word, "code", exclude=["onwer"])) == ["feedsync.E005", "feedsync.E004"]


def test_generic_relation(register: Registering) -> None:
    """A primary key in a plain column means nothing without its content type; with it, or without both, all is well."""

    class Note(models.Model):
        code = models.TextField(unique=True)
        kind = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
        number = models.PositiveIntegerField(null=True)
        about = GenericForeignKey("kind", "number")

        class Meta:
            app_label = "library"

    assert ids(register(Note, "code")) == []
    register.undo()
    assert ids(register(Note, "code", fields=["code", "about"])) == []
    register.undo()
    assert ids(register(Note, "code", "number", fields=["code"])) == ["feedsync.E011"]
    register.undo()
    assert ids(register(Note, "code", fields=["code", "kind"])) == []
