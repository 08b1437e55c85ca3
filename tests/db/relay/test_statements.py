"""Set-wise: the number of statements doesn't grow with the number of changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.db.relay.relaying import Relay
from tests.library.models import Copy, Country, Language, Person

pytestmark = pytest.mark.django_db(transaction=True)


def create(count: int) -> None:
    Person.objects.bulk_create(Person(email=f"{number}@example.com") for number in range(count))


def update(count: int) -> None:
    create(count)
    Relay().drain()
    Person.objects.update(name="new")


def delete(count: int) -> None:
    create(count)
    Relay().drain()
    Person.objects.all().delete()


def delete_with_long_keys(count: int) -> None:
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    Copy.objects.bulk_create(Copy(language=language, key=str(number)) for number in range(count))
    Relay().drain()
    Copy.objects.all().delete()


def rename_parent(count: int) -> None:
    delete_with_long_keys(0)
    language = Language.objects.get()
    Copy.objects.bulk_create(Copy(language=language, key=str(number)) for number in range(count))
    Relay().drain()
    Country.objects.update(code="UK")


@pytest.mark.parametrize("prepare", [create, update, delete, delete_with_long_keys, rename_parent])
def test_statements_are_as_many_for_a_thousand_changes_as_for_ten(prepare: Callable[[int], None]) -> None:
    """At most half as many again."""
    counts = []
    for size in (10, 1_000):
        prepare(size)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(Relay().drain()) >= size
        counts.append(len(captured))
        Country.objects.all().delete()
        Person.objects.all().delete()
        Relay().drain()
    assert counts[1] <= counts[0] * 1.5
