"""An update that changes the primary key is a deletion there and a new object here."""

from __future__ import annotations

import pytest
from django.db.models import F

from tests.db.capture.marks import take
from tests.library.models import CodeThing, Country, Language, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


def test_a_changed_primary_key_marks_both_objects() -> None:
    """The former one with the natural key that it had."""
    CodeThing.objects.bulk_create([CodeThing(code="a"), CodeThing(code="b")])
    take()
    assert CodeThing.objects.filter(code="a").update(code="z", name="moved") == 1
    assert take() == [("codething", "a", '["a"]'), ("codething", "z", None)]
    assert CodeThing.objects.get(pk="z").name == "moved"


def test_a_primary_key_that_is_computed() -> None:
    """Every row moves, some to where another one was."""
    tag = Tag.objects.create(slug="a")
    take()
    assert Tag.objects.filter(slug="a").update(id=F("id") + 100) == 1
    assert set(take()) == {("tag", str(tag.pk), '["a"]'), ("tag", str(tag.pk + 100), None)}


def test_a_moving_update_that_finds_nothing() -> None:
    """No row, no mark, Django's answer."""
    assert Tag.objects.filter(slug="a").update(id=5) == 0
    assert take() == []


def test_a_moving_update_filtered_beyond_a_relation() -> None:
    """The rows that were looked at are the rows that are written."""
    for code in ("GB", "FR"):
        Language.objects.create(country=Country.objects.create(code=code), code="en")
    pk = Language.objects.get(country__code="FR").pk
    take()
    assert Language.objects.filter(country__code="FR").update(id=F("id") + 100) == 1
    assert set(take()) == {("language", str(pk), '["FR","en"]'), ("language", str(pk + 100), None)}
