"""Bulk writes mark what they wrote, and only that, with a constant number of statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from feedsync.models import Mark
from feedsync.upserts import unique_fields
from tests.db.capture.marks import changed, take
from tests.library.models import CodeThing, Country, EveryField, Language, UuidThing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


@pytest.fixture
def countries() -> list[Country]:
    made = Country.objects.bulk_create([Country(code=f"c{number}") for number in range(5)])
    take()
    return made


def test_bulk_create_marks_the_new_objects() -> None:
    """Every object has its primary key afterwards, as without capture, and a mark."""
    made = Country.objects.bulk_create([Country(code=f"c{number}") for number in range(300)], batch_size=100)
    stored = dict(Country.objects.values_list("code", "pk"))
    assert {item.code: item.pk for item in made} == stored
    assert take() == changed(*made)


def test_bulk_create_answers_database_values() -> None:
    """Generated columns and database defaults come back in order."""
    made = EveryField.objects.bulk_create([EveryField(name=name) for name in ("b", "a", "c")])
    assert [(item.upper_name, item.database_default) for item in made] == [("B", 7), ("A", 7), ("C", 7)]
    assert take() == changed(*made)


@pytest.mark.parametrize("new", [["c9", "c8"], ["c9"], []])
def test_r04_ignored_conflicts_make_no_mark(countries: list[Country], new: list[str]) -> None:
    """Only the rows that were inserted are marked."""
    Country.objects.bulk_create([Country(code="c1"), *(Country(code=code) for code in new)], ignore_conflicts=True)
    assert take() == changed(*Country.objects.filter(code__in=new))


def test_r04_one_ignored_object_of_each_kind() -> None:
    """A single object that is ignored is no special case, whatever its primary key is."""
    CodeThing.objects.create(code="a")
    thing = UuidThing.objects.create(name="t")
    take()
    assert CodeThing.objects.bulk_create([CodeThing(code="a")], ignore_conflicts=True)[0].pk == "a"
    UuidThing.objects.bulk_create([UuidThing(id=thing.pk)], ignore_conflicts=True)
    assert take() == []


def test_updated_conflicts_are_marked(countries: list[Country]) -> None:
    """An upsert marks what it inserted and what it updated."""
    Country.objects.bulk_create(
        [Country(code="c1", name="one"), Country(code="c9", name="nine")],
        update_conflicts=True,
        unique_fields=unique_fields("default", "code"),
        update_fields=["name"],
    )
    assert take() == changed(*Country.objects.filter(code__in=["c1", "c9"]))


def test_bulk_update_marks_each_object_once(countries: list[Country]) -> None:
    """bulk_update calls update: no object is marked twice."""
    for item in countries:
        item.name = item.code.upper()
    assert Country.objects.bulk_update(countries, ["name"]) == 5
    assert Mark.objects.count() == 5
    assert take() == changed(*countries)


def test_r04_update_marks_the_rows_that_it_wrote(countries: list[Country]) -> None:
    """The row count is Django's, and the filter that the update makes untrue was evaluated once."""
    assert Country.objects.filter(code__in=["c1", "c2"]).update(code=Concat(F("code"), Value("x"))) == 2
    assert take() == changed(*countries[1:3])
    assert Country.objects.filter(code="nowhere").update(name="x") == 0
    assert Country.objects.none().update(name="x") == 0
    assert take() == []


def test_update_through_a_relation(countries: list[Country]) -> None:
    """A filter beyond the table, and a sliced subquery, mark the rows that were written."""
    languages = Language.objects.bulk_create([Language(country=item, code="en") for item in countries])
    take()
    assert Language.objects.filter(country__code="c3").update(code="fr") == 1
    assert take() == changed(languages[3])
    assert Country.objects.filter(pk__in=Language.objects.filter(code="fr").values("country")).update(name="f") == 1
    assert take() == changed(countries[3])


@pytest.mark.hooks_only
@pytest.mark.parametrize("size", [2, 40])
def test_the_number_of_statements_is_constant(size: int) -> None:
    """One statement more on SQLite, two where rows must be looked at first, none on PostgreSQL, however many rows."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        Country.objects.bulk_create([Country(code=f"c{number}") for number in range(size)])
    inserts = [query["sql"] for query in queries if "INSERT" in query["sql"]]
    assert len(inserts) == (1 if connection.vendor == "postgresql" else 2)
    with CaptureQueriesContext(connection) as queries:
        Country.objects.update(name="x")
    assert len(queries) == {"postgresql": 1, "sqlite": 2, "mysql": 3}[connection.vendor]


def test_values_with_percent_signs_and_quotes() -> None:
    """The statement that carries the marks leaves values alone."""
    made = CodeThing.objects.create(code="100% %s 'x' \"y\"")
    made.name = "%%"
    made.save()
    assert CodeThing.objects.get().name == "%%"
    assert take() == changed(made)
