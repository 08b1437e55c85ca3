"""Deletions mark each object with its natural key, whatever way its row went."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models.deletion import Collector
from django.test.utils import CaptureQueriesContext

from tests.db.capture.marks import changed, registered, take
from tests.library.models import (
    Category,
    Copy,
    Country,
    EveryField,
    Item,
    Language,
    NullableKey,
    Person,
    Profile,
    Stamp,
    Tag,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


def _copies(count: int = 2) -> list[Copy]:
    country = Country.objects.create(code="GB")
    language = Language.objects.create(country=country, code="en")
    made = [Copy.objects.create(language=language, key=f"k{number}") for number in range(count)]
    take()
    return made


def test_a_deleted_object_leaves_its_key() -> None:
    """instance.delete() marks the deletion."""
    tag = Tag.objects.create(slug='a"b\\ü')
    pk = str(tag.pk)
    take()
    tag.delete()
    assert take() == [("tag", pk, '["a\\"b\\\\ü"]')]


def test_a_key_beyond_relations_is_resolved() -> None:
    """The parents are read in the same transaction."""
    (copy, _) = _copies()
    pk = str(copy.pk)
    copy.delete()
    assert take() == [("copy", pk, '["GB","en","k0"]')]


def test_r05_a_cascade_marks_everything_that_goes() -> None:
    """Children and grandchildren are marked under keys that run through parents which go as well."""
    copies = _copies()
    country = Country.objects.get()
    stamp = Stamp.objects.create(country=country, number=3)
    take()
    expected = [
        ("copy", str(copies[0].pk), '["GB","en","k0"]'),
        ("copy", str(copies[1].pk), '["GB","en","k1"]'),
        ("country", str(country.pk), '["GB"]'),
        ("language", str(copies[0].language_id), '["GB","en"]'),
        ("stamp", str(stamp.pk), '["GB",3]'),
    ]
    country.delete()
    assert take() == expected


def test_r05_children_nulled_by_a_cascade_are_changes() -> None:
    """SET_NULL is an update that Django makes in silence."""
    country = Country.objects.create(code="GB")
    child = NullableKey.objects.create(country=country, code="n")
    pk = str(country.pk)
    take()
    country.delete()
    assert take() == sorted([("country", pk, '["GB"]'), *changed(child)], key=str)
    child.refresh_from_db()
    assert child.country_id is None


def test_a_key_with_a_null_part() -> None:
    """NULL is part of a key like any other value."""
    row = NullableKey.objects.create(country=None, code="n")
    pk = str(row.pk)
    take()
    row.delete()
    assert take() == [("nullablekey", pk, '[null,"n"]')]


def test_a_set_wise_deletion_reads_each_parent_table_once() -> None:
    """QuerySet.delete() of many rows adds a constant number of statements."""
    copies = _copies(90)
    with CaptureQueriesContext(connection) as few:
        Copy.objects.filter(key__in=["k0", "k1"]).delete()
    take()
    with CaptureQueriesContext(connection) as many:
        Copy.objects.all().delete()
    assert len(few) == len(many)
    assert {key for _, _, key in take()} == {f'["GB","en","{copy.key}"]' for copy in copies[2:]}


def test_raw_deletion_is_marked() -> None:
    """Django's fast path below the collector."""
    copies = _copies()
    assert Copy.objects.filter(key="k1")._raw_delete("default") == 1
    assert take() == [("copy", str(copies[1].pk), '["GB","en","k1"]')]
    assert Copy.objects.filter(key="k1")._raw_delete("default") == 0
    assert take() == []


@pytest.mark.hooks_only
@pytest.mark.not_on_mariadb("foreign keys are checked row by row")
def test_a_tree_that_refers_to_itself() -> None:
    """A key through a row of the same table, which goes in the same statement."""
    with registered(Category, "parent.slug", "slug", replacing=True):
        root = Category.objects.create(slug="root")
        leaf = Category.objects.create(slug="leaf", parent=root)
        take()
        assert Category.objects.all()._raw_delete("default") == 2
        assert take() == sorted(
            [("category", str(root.pk), '[null,"root"]'), ("category", str(leaf.pk), '["root","leaf"]')], key=str
        )


@pytest.mark.hooks_only
@pytest.mark.not_on_mariadb("foreign keys are checked row by row")
def test_a_parent_that_is_gone_leaves_no_key() -> None:
    """Where rows were torn out of order the ledger knows the key."""
    with registered(Category, "parent.slug", "slug", replacing=True):
        root = Category.objects.create(slug="root")
        leaf = Category.objects.create(slug="leaf", parent=root)
        take()
        Category.objects.filter(pk=root.pk)._raw_delete("default")
        Category.objects.filter(pk=leaf.pk)._raw_delete("default")
        assert take() == sorted(
            [("category", str(root.pk), '[null,"root"]'), ("category", str(leaf.pk), None)], key=str
        )


def test_one_to_one_keys_and_protection() -> None:
    """A profile goes with its person under the person's key; a protected person stays, unmarked."""
    person = Person.objects.create(email="a@example.org")
    profile = Profile.objects.create(person=person)
    item = Item.objects.create(code="i", owner=person)
    take()
    collector = Collector(using="default")
    assert not collector.can_fast_delete(person)
    item.delete()
    take()
    expected = [("person", str(person.pk), '["a@example.org"]'), ("profile", str(profile.pk), '["a@example.org"]')]
    person.delete()
    assert take() == expected


@pytest.mark.hooks_only
def test_values_of_the_key_are_as_on_the_wire() -> None:
    """The key of a deletion equals the key that was published, byte for byte."""
    with registered(EveryField, "date_time", "decimal", "uuid", "boolean", replacing=True):
        thing = EveryField.objects.create(name="x", date_time=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
        EveryField.objects.update(decimal="1.500000", uuid="6f2c1a3e-0b1d-4c55-9c1e-0123456789ab", boolean=True)
        take()
        thing.delete()
        assert [key for _, _, key in take()] == [
            '["2026-01-02T03:04:05.678901+00:00","1.500000","6f2c1a3e-0b1d-4c55-9c1e-0123456789ab",true]'
        ]
