"""Keyset chunks over primary keys of all kinds: every row once, whatever order the database has them in."""

from __future__ import annotations

import uuid

import pytest
from django.db.models import Model

from tests.db.export.reading import export
from tests.library.models import CodeThing, Country, Shelf, Slot, Stamp, Tag, UuidThing

pytestmark = pytest.mark.django_db(transaction=True)
CODES = ["a", "B", "c", "A b", "ö", "Z", "_", "10", "9", "é"]


def stamps() -> list[Model]:
    country = Country.objects.create(code="GB")
    return [Stamp(country=country, number=number) for number in range(10)]


def shelves() -> list[Model]:
    countries = Country.objects.bulk_create([Country(code="GB"), Country(code="FR")])
    return [Shelf(country=countries[number % 2], number=number % 5) for number in range(10)]


def slots() -> list[Model]:
    return [
        Slot(zone=zone, place=place, slug=f"{zone_number}-{place}")
        for zone_number, zone in enumerate(["a/b", "~", "", "Z", "é"])
        for place in (1, 2)
    ]


@pytest.mark.parametrize(
    "rows",
    [
        lambda: [Tag(slug=f"t{number}") for number in range(10)],
        lambda: [UuidThing(id=uuid.uuid4()) for _ in range(10)],
        lambda: [CodeThing(code=code) for code in CODES],
        stamps,
        shelves,
        slots,
    ],
    ids=["integer", "uuid", "text", "to_field", "composite", "composite text"],
)
def test_every_row_is_sent_once(rows: object) -> None:
    """In one stream, and from each of its cursors on."""
    assert callable(rows)
    made = rows()
    model = type(made[0])
    model._default_manager.bulk_create(made)
    query = f"feeds={model._meta.label_lower}&chunk=3"
    whole = export(query)
    keys = [change.key for change in whole.changes]
    assert len(keys) == len(set(keys)) == 10
    for cursor in whole.cursors:
        rest = [change.key for change in export(f"{query}&cursor={cursor}").changes]
        assert rest == keys[10 - len(rest) :]
