"""Shapes: what a registration replicates, how its key is read, and why one can't work."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Upper

from feedsync import registry
from feedsync.shape import Shape, UnusableRegistration, shape_of
from tests.library.models import Book, Club, Copy, Country, EveryField, Item, Person, Stamp, UuidThing
from tests.unit.registering import Registering


def shape(model: type[models.Model]) -> Shape:
    feed = registry.feed_of(model)
    assert feed is not None
    return shape_of(feed)


def lookups(found: Shape) -> list[str]:
    return [part.lookup for part in found.key]


def test_everything_by_default() -> None:
    """Without a list: all columns but the automatic primary key, references by name, automatic many-to-many fields."""
    found = shape(Copy)

    assert {column.name for column in found.columns} == {"key", "value", "default", "updated"}
    assert [(reference.name, reference.target.label) for reference in found.references] == [
        ("language", "library.language")
    ]
    assert [(many.name, many.source, many.member, many.target.label) for many in found.many] == [
        ("tags", "copy", "tag", "library.tag")
    ]


def test_generated_columns_stay_behind() -> None:
    """Each database computes them by itself."""
    names = {column.name for column in shape(EveryField).columns}

    assert "upper_name" not in names
    assert {"elsewhere", "database_default", "created"} <= names


def test_r23_explicit_through_is_no_part_of_the_owner() -> None:
    """A relation with a through model of its own belongs to that model."""
    assert shape(Club).many == ()


def test_symmetrical_relation() -> None:
    """A relation to itself has two different ends in its through table."""
    (friends,) = shape(Person).many

    assert (friends.source, friends.member) == ("from_person", "to_person")


def test_chosen_fields(register: Registering) -> None:
    """With a list: these, and what the key starts with."""
    assert {column.name for column in shape(Item).columns} == {"code", "title"}
    assert [reference.name for reference in shape(Item).references] == ["owner"]

    class Word(models.Model):
        code = models.TextField(unique=True)
        text = models.TextField()
        note = models.TextField()

        class Meta:
            app_label = "library"

    assert [column.name for column in shape_of(register(Word, "code", fields=["text"])).columns] == ["code", "text"]


def test_primary_key_that_means_something_travels() -> None:
    """Only automatic ones stay behind."""
    found = shape(UuidThing)
    value = uuid.uuid4()

    assert {column.name for column in found.columns} == {"id", "name"}
    assert found.pk_value(str(value)) == value


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Copy, ["language__country__code", "language__code", "key"]),
        (Stamp, ["country__code", "number"]),
        (UuidThing, ["id"]),
    ],
)
def test_dots_of_any_depth(model: type[models.Model], expected: list[str]) -> None:
    """Each part of a key becomes one lookup."""
    assert lookups(shape(model)) == expected


def test_relation_stands_for_the_whole_key_of_its_target(register: Registering) -> None:
    """A path that ends on a relation is expanded, through further relations too."""

    class Note(models.Model):
        copy = models.ForeignKey(Copy, models.CASCADE, related_name="+")
        number = models.IntegerField()

        class Meta:
            app_label = "library"

    assert lookups(shape_of(register(Note, "copy", "number"))) == [
        "copy__language__country__code",
        "copy__language__code",
        "copy__key",
        "number",
    ]


def test_content_types_are_known_by_app_and_model(register: Registering) -> None:
    """They are the same everywhere, so nobody has to register them."""

    class Note(models.Model):
        kind = models.OneToOneField(ContentType, models.CASCADE, related_name="+")

        class Meta:
            app_label = "library"

    found = shape_of(register(Note, "kind"))

    assert lookups(found) == ["kind__app_label", "kind__model"]
    assert [reference.target.natural_key for reference in found.references] == [("app_label", "model")]


def test_pk_in_a_key_is_the_primary_key(register: Registering) -> None:
    """`pk` works under that name."""

    class Word(models.Model):
        code = models.CharField(max_length=9, primary_key=True)

        class Meta:
            app_label = "library"

    assert lookups(shape_of(register(Word, "pk"))) == ["code"]


def test_child_of_a_parent_table(register: Registering) -> None:
    """A child has its parent's columns, and not the link to it."""
    found = shape_of(register(Book, "code"))

    assert {column.name for column in found.columns} == {"code", "title", "pages"}
    assert found.references == ()


def test_targets_are_all_that_an_object_refers_to() -> None:
    """References, members and every hop of the key are there, for the order of feeds."""
    assert shape(Copy).needs.keys() == {"library.language", "library.country", "library.tag"}
    assert shape(Country).needs == {}


def test_shape_follows_the_registry(register: Registering) -> None:
    """A registration that comes later is seen."""

    class Owner(models.Model):
        code = models.TextField(unique=True)

        class Meta:
            app_label = "library"

    class Word(models.Model):
        owner = models.OneToOneField(Owner, models.CASCADE)

        class Meta:
            app_label = "library"

    feed = register(Word, "owner")
    with pytest.raises(UnusableRegistration, match=r"library.Owner, which is not registered") as caught:
        shape_of(feed)
    assert caught.value.code == "unregistered-relation"

    register(Owner, "code")
    assert lookups(shape_of(feed)) == ["owner__code"]


@pytest.mark.parametrize(
    ("key", "fields", "code"),
    [
        (["nothing"], None, "unknown-path"),
        (["code.nothing"], None, "unknown-path"),
        (["parent.nothing"], None, "unknown-path"),
        (["friends"], None, "unknown-path"),
        (["loud"], None, "generated-column"),
        (["parent"], None, "circular-key"),
        (["parent.parent"], None, "circular-key"),
        (["code"], ["nothing"], "unknown-field"),
        (["code"], ["loud"], "generated-column"),
        (["code"], ["children"], "unknown-field"),
    ],
)
def test_registrations_that_cannot_work(
    register: Registering, key: list[str], fields: list[str] | None, code: str
) -> None:
    """Each has a code by which the checks know what to say."""

    class Word(models.Model):
        code = models.TextField(unique=True)
        loud = models.GeneratedField(expression=Upper("code"), output_field=models.TextField(), db_persist=True)
        parent = models.ForeignKey("self", models.CASCADE, related_name="children")
        friends = models.ManyToManyField("self")

        class Meta:
            app_label = "library"

    feed = register(Word, *key, fields=fields)
    with pytest.raises(UnusableRegistration) as caught:
        shape_of(feed)
    assert caught.value.code == code
