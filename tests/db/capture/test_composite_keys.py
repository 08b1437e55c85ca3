"""Rows whose primary key is made of two columns: every write marks them under the text of both."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from feedsync.upserts import unique_fields
from tests.db.capture.marks import take
from tests.library.models import Country, Shelf, Slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


def shelves(code: str, *numbers: int) -> str:
    """The primary key of their country."""
    country = Country.objects.create(code=code)
    Shelf.objects.bulk_create([Shelf(country=country, number=number) for number in numbers])
    take()
    return str(country.pk)


def test_an_object_is_marked_by_both_columns() -> None:
    """Made, saved, made by the thousand or changed by one statement."""
    country = Country.objects.create(code="GB")
    take()
    shelf = Shelf.objects.create(country=country, number=1)
    assert take() == [("shelf", f"{country.pk}/1", None)]
    shelf.label = "new"
    shelf.save()
    assert take() == [("shelf", f"{country.pk}/1", None)]
    made = [Shelf(country=country, number=number) for number in (1, 2)]
    unique = unique_fields("default", "country", "number")
    Shelf.objects.bulk_create(made, update_conflicts=True, unique_fields=unique, update_fields=["label"])
    assert take() == [("shelf", f"{country.pk}/1", None), ("shelf", f"{country.pk}/2", None)]
    assert Shelf.objects.filter(country__code="GB").update(label="x") == 2
    assert take() == [("shelf", f"{country.pk}/1", None), ("shelf", f"{country.pk}/2", None)]


def test_a_deletion_carries_the_key() -> None:
    """By itself, and with what it belongs to."""
    pk = shelves("GB", 1, 2)
    Shelf.objects.get(number=1).delete()
    assert take() == [("shelf", f"{pk}/1", '["GB",1]')]
    Country.objects.get().delete()
    assert take() == [("country", pk, '["GB"]'), ("shelf", f"{pk}/2", '["GB",2]')]


@pytest.mark.parametrize(
    ("values", "after"),
    [({"number": 7}, "7"), ({"number": F("number") + 1}, "2")],
    ids=["a value", "an expression"],
)
def test_a_part_that_changes_is_another_object(values: dict[str, Any], after: str) -> None:
    """Marked as what it was, and as what it is."""
    pk = shelves("GB", 1)
    assert Shelf.objects.filter(number=1).update(**values) == 1
    assert take() == [("shelf", f"{pk}/1", '["GB",1]'), ("shelf", f"{pk}/{after}", None)]


def test_a_relation_that_is_part_of_the_key_changes() -> None:
    """Set to an object, as users do."""
    pk = shelves("GB", 1)
    france = Country.objects.create(code="FR")
    take()
    assert Shelf.objects.update(country=france) == 1
    assert take() == sorted([("shelf", f"{pk}/1", '["GB",1]'), ("shelf", f"{france.pk}/1", None)], key=str)


@pytest.mark.parametrize("zone", ["a/b", "~1", "", "ä😀"])
def test_signs_in_a_key(zone: str) -> None:
    """Each database spells them alike."""
    slot = Slot.objects.create(zone=zone, place=1, slug="x")
    text = f"{zone.replace('~', '~0').replace('/', '~1')}/1"
    assert take() == [("slot", text, None)]
    slot.delete()
    assert take() == [("slot", text, '["x"]')]


def test_statements_as_text() -> None:
    """An UPDATE and a DELETE that somebody wrote by hand."""
    pk = shelves("GB", 1, 2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE library_shelf SET label = 'x' WHERE number < %s", [3])
        assert take() == [("shelf", f"{pk}/1", None), ("shelf", f"{pk}/2", None)]
        cursor.execute("DELETE FROM library_shelf WHERE number = 2")
    assert take() == [("shelf", f"{pk}/2", '["GB",2]')]


def test_thousands_of_keys_in_one_statement() -> None:
    """Moved, narrowed to the rows that were looked at."""
    pk = shelves("GB", *range(3000))
    assert Shelf.objects.filter(number__gte=0).update(number=F("number") + 5000) == 3000
    marks = take()
    assert len(marks) == 6000
    assert ("shelf", f"{pk}/7999", None) in marks
