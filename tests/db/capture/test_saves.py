"""Saves of any kind mark the object."""

from __future__ import annotations

import uuid

import pytest
from django.db import models
from django.db.models import F

from feedsync.models import LANES, Mark
from tests.db.capture.marks import changed, take
from tests.library.models import CodeThing, Copy, Country, CountryProxy, EveryField, Hidden, Language, UuidThing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


@pytest.fixture
def country() -> Country:
    made = Country.objects.create(code="GB", name="Britain")
    take()
    return made


def test_an_insertion_marks_the_new_object() -> None:
    """A created row is marked under the primary key that the database gave it."""
    country = Country.objects.create(code="GB")
    assert country.pk
    assert take() == changed(country)


def test_an_update_marks_the_object(country: Country) -> None:
    """So do save(), save(update_fields) and F() expressions."""
    country.name = "United Kingdom"
    country.save()
    assert take() == changed(country)
    country.save(update_fields=["name"])
    assert take() == changed(country)
    country.name = F("code")
    country.save()
    assert take() == changed(country)
    country.refresh_from_db()
    assert country.name == "GB"


def test_a_deferred_instance_marks_the_object(country: Country) -> None:
    """An instance that wasn't loaded whole is an instance."""
    deferred = Country.objects.only("code").get()
    deferred.code = "UK"
    deferred.save()
    assert take() == changed(country)


def test_r03_a_proxy_marks_the_concrete_feed(country: Country) -> None:
    """A feed is found by its concrete model."""
    proxy = CountryProxy.objects.get()
    proxy.save()
    assert take() == changed(country)
    made = CountryProxy.objects.create(code="FR")
    assert take() == [("country", str(made.pk), None)]
    proxy.delete()
    assert take() == [("country", str(country.pk), '["GB"]')]


def test_r02_save_base_marks_the_object(country: Country) -> None:
    """loaddata writes by this way, past save()."""
    models.Model.save_base(country, raw=True)
    assert take() == changed(country)


def test_an_assigned_primary_key_is_marked_once_written() -> None:
    """An UPDATE that finds nothing and the INSERT after it make one mark."""
    Country(pk=77, code="GB").save()
    assert list(Mark.objects.values_list("object_pk", flat=True)) == ["77"]


def test_the_primary_key_is_spelled_as_python_does() -> None:
    """UUIDs have their dashes on every database, texts stay as they are."""
    thing = UuidThing.objects.create(id=uuid.UUID("6f2c1a3e-0b1d-4c55-9c1e-0123456789ab"))
    code = CodeThing.objects.create(code="Ärger ‰")
    assert take() == sorted(
        [("uuidthing", "6f2c1a3e-0b1d-4c55-9c1e-0123456789ab", None), ("codething", "Ärger ‰", None)]
    )
    assert thing.pk != code.pk


def test_the_lane_is_that_of_the_last_character() -> None:
    """Whatever wrote the mark, an object has one lane."""
    CodeThing.objects.create(code="xé")
    assert Mark.objects.get().lane == ord("é") % LANES


def test_fields_that_the_database_computes_are_answered() -> None:
    """What Django asks back of an insertion or update is unchanged by the capture."""
    thing = EveryField.objects.create(name="abc")
    assert (thing.upper_name, thing.database_default) == ("ABC", 7)
    take()
    thing.name = "xyz"
    thing.save()
    thing.refresh_from_db()
    assert thing.upper_name == "XYZ"
    assert take() == changed(thing)


def test_rows_that_a_manager_hides_are_captured() -> None:
    """The capture knows tables, not managers."""
    hidden = Hidden.objects.create(code="h", hidden=True)
    take()
    hidden.save()
    assert take() == changed(hidden)


def test_relations_of_the_row_are_not_marked(country: Country) -> None:
    """A child's change is the child's."""
    language = Language.objects.create(country=country, code="en")
    assert take() == changed(language)
    copy = language.copies.create(key="k")
    assert take() == changed(copy)
    assert Copy.objects.update_or_create(key="k", language=language, defaults={"value": "v"})[1] is False
    assert take() == changed(copy)
