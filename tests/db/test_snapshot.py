"""States: what relay and export read of the committed rows."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from feedsync import registry, snapshot
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.snapshot import State
from feedsync.wire import json
from feedsync.wire.values import decode_datetime
from tests.library.models import (
    Category,
    Copy,
    Country,
    EveryField,
    Hidden,
    Item,
    Language,
    NullableKey,
    Person,
    Stamp,
    Tag,
)

EVERY: dict[str, Any] = {
    "big_integer": -(2**63),
    "binary": b"\x00\xff",
    "boolean": False,
    "char": "é\n'\"",
    "date": dt.date(1, 1, 1),
    "date_time": dt.datetime(2026, 11, 23, 14, 0, 0, 1, tzinfo=dt.UTC),
    "decimal": Decimal("12345.678900"),
    "duration": dt.timedelta(days=-3, microseconds=1),
    "email": "a@example.com",
    "floating": 0.1,
    "integer": -7,
    "ip_address": "2001:db8::1",
    "json": {"huge": 2**70, "list": [None, 1.5, "é"], "nested": {"a": {}}},
    "positive_big_integer": 2**63 - 1,
    "positive_integer": 2**31 - 1,
    "positive_small_integer": 0,
    "slug": "a-b",
    "small_integer": -1,
    "text": "",
    "time": dt.time(23, 59, 59, 999999),
    "url": "https://example.com/?a=é",
    "uuid": uuid.UUID(int=7),
}


def feed(model: type[models.Model]) -> Feed:
    return registry.get(registry.concrete_label(model))


def states(model: type[models.Model]) -> list[State]:
    return snapshot.read(feed(model), snapshot.rows(feed(model), "default").order_by("pk"))


@pytest.fixture
def copy() -> Copy:
    """A text in British English, with two tags."""
    country = Country.objects.create(code="GB", name="Britain")
    language = Language.objects.create(country=country, code="en")
    made = Copy.objects.create(language=language, key="title", value="Colour")
    made.tags.set([Tag.objects.create(slug="b"), Tag.objects.create(slug="a")])
    return made


@pytest.mark.django_db
def test_state_of_an_object(copy: Copy) -> None:
    """Key through two relations, columns, the reference and the sorted members, all in wire form."""
    (state,) = states(Copy)

    assert state.pk == copy.pk
    assert state.key == '["GB","en","title"]'
    assert decode_datetime(state.fields.pop("updated")) == copy.updated
    assert state.fields == {
        "key": "title",
        "value": "Colour",
        "default": False,
        "language": ["GB", "en"],
        "tags": [["a"], ["b"]],
    }


@pytest.mark.django_db
def test_every_field_is_read_losslessly() -> None:
    """What the database gives of each field goes through real JSON and comes back the same."""
    EveryField.objects.create(name="every", **EVERY)
    EveryField.objects.create(name="none")
    every, none = states(EveryField)
    row = EveryField.objects.get(name="every")
    shape = shape_of(feed(EveryField))

    arrived = json.loads(json.dumps(every.fields))
    for column in shape.columns:
        decode = column.codec.decode or (lambda value: value)
        assert decode(arrived[column.name]) == getattr(row, column.name), column.name
    assert {name: arrived[name] for name in EVERY} == {name: every.fields[name] for name in EVERY}
    assert all(none.fields[name] is None for name in EVERY)
    assert "upper_name" not in arrived


@pytest.mark.django_db
def test_r12_managers_hide_nothing() -> None:
    """A manager that shows some rows only doesn't make the others look deleted."""
    hidden = Hidden.objects.create(code="h", hidden=True)

    assert [state.key for state in states(Hidden)] == ['["h"]']
    assert [state.key for state in snapshot.by_pks(feed(Hidden), "default", [hidden.pk])] == ['["h"]']
    assert [state.key for state in snapshot.by_keys(feed(Hidden), "default", ['["h"]'])] == ['["h"]']


@pytest.mark.django_db
def test_null_inside_a_key() -> None:
    """A relation that is absent makes its part null, and by that key the row is found (R22)."""
    country = Country.objects.create(code="GB")
    NullableKey.objects.create(code="x")
    NullableKey.objects.create(code="x", country=country)

    assert {state.key for state in states(NullableKey)} == {'[null,"x"]', '["GB","x"]'}
    (found,) = snapshot.by_keys(feed(NullableKey), "default", ['[null,"x"]'])
    assert found.fields["country"] is None


@pytest.mark.django_db
def test_reference_that_is_absent_or_refers_to_its_like() -> None:
    """None is no key, and a key of nulls is no None."""
    root = Category.objects.create(slug="root")
    Category.objects.create(slug="leaf", parent=root)

    assert {state.key: state.fields["parent"] for state in states(Category)} == {'["root"]': None, '["leaf"]': ["root"]}


@pytest.mark.django_db
def test_reference_to_another_column() -> None:
    """A foreign key with to_field travels as the key of its target as well."""
    country = Country.objects.create(code="GB")
    Stamp.objects.create(country=country, number=1)
    (state,) = states(Stamp)

    assert state.key == '["GB",1]'
    assert state.fields["country"] == ["GB"]


@pytest.mark.django_db
def test_symmetrical_members() -> None:
    """Both ends of a symmetrical relation have the other as member."""
    ann, bob = (Person.objects.create(email=f"{name}@example.com") for name in ("ann", "bob"))
    ann.friends.add(bob)

    assert {state.key: state.fields["friends"] for state in states(Person)} == {
        '["ann@example.com"]': [["bob@example.com"]],
        '["bob@example.com"]': [["ann@example.com"]],
    }


@pytest.mark.django_db
def test_fields_that_are_not_registered_stay_behind() -> None:
    """They belong to each environment, and don't touch the hash."""
    item = Item.objects.create(code="i", local_note="mine")
    (before,) = states(Item)
    Item.objects.filter(pk=item.pk).update(local_note="other")
    (after,) = states(Item)

    assert set(before.fields) == {"code", "title", "owner"}
    assert before.content_hash() == after.content_hash()


@pytest.mark.django_db
def test_hash_follows_the_content(copy: Copy) -> None:
    """A value, a reference or a member that changes changes the hash; back again, it is the old one."""
    hashes = [states(Copy)[0].content_hash()]
    copy.tags.remove(Tag.objects.get(slug="a"))
    hashes.append(states(Copy)[0].content_hash())
    Copy.objects.update(value="Color")
    hashes.append(states(Copy)[0].content_hash())
    Copy.objects.update(value="Colour")
    copy.tags.add(Tag.objects.get(slug="a"))
    hashes.append(states(Copy)[0].content_hash())

    assert len(set(hashes)) == 3
    assert hashes[0] == hashes[-1]


@pytest.mark.django_db
def test_r22_keys_are_found_bytewise() -> None:
    """Only the very spelling is found, and keys that nobody has are not; MariaDB says that "B" is "b"."""
    Tag.objects.bulk_create([Tag(slug=slug) for slug in ("a", "B", "ö")])

    found = snapshot.by_keys(feed(Tag), "default", ['["a"]', '["ö"]', '["b"]', '["o"]', '["a "]'])
    assert {state.key for state in found} == {'["a"]', '["ö"]'}


@pytest.mark.django_db
def test_number_of_queries_is_constant(copy: Copy) -> None:
    """One query for the rows and one for each many-to-many field, whatever the number of rows."""
    counts = []
    for size in (1, 300):
        made = Copy.objects.bulk_create(
            [Copy(language=copy.language, key=f"{size}-{number}", updated=copy.updated) for number in range(size)]
        )
        pks = [row.pk for row in made]
        with CaptureQueriesContext(connection) as queries:
            assert len(snapshot.by_pks(feed(Copy), "default", pks)) == size
        counts.append(len(queries))

    assert counts == [2, 2]


@pytest.mark.django_db(databases=["default", "other"])
def test_r06_reads_where_it_is_told_to() -> None:
    """A state comes from the database that was asked for, its members too."""
    tag = Tag.objects.using("other").create(slug="there")
    country = Country.objects.using("other").create(code="GB")
    language = Language.objects.using("other").create(country=country, code="en")
    Copy.objects.using("other").create(language=language, key="title").tags.add(tag)

    assert states(Copy) == []
    (state,) = snapshot.read(feed(Copy), snapshot.rows(feed(Copy), "other"))
    assert state.fields["tags"] == [["there"]]
