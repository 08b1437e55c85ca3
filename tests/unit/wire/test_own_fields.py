"""Fields that a project wrote itself, and subclasses of Django's, travel as `dumpdata` would write them."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import models

from tests.unit.wire.test_values import same, sent

if TYPE_CHECKING:
    Field = models.Field[Any, Any]
else:
    Field = models.Field


class Colour:
    """A value that only its field understands."""

    def __init__(self, red: int) -> None:
        self.red = red

    def __repr__(self) -> str:
        return f"Colour({self.red})"


class ColourField(Field):
    def from_db_value(self, value: str | None, *_: Any) -> Colour | None:
        return None if value is None else Colour(int(value, 16))

    def to_python(self, value: Any) -> Colour | None:
        return value if isinstance(value, Colour | None) else Colour(int(value, 16))

    def value_to_string(self, obj: models.Model) -> str:
        return f"{self.value_from_object(obj).red:02x}"


class HugeIntegerField(Field):
    def to_python(self, value: Any) -> int | None:
        return None if value is None else int(value)


def own(kind: Any, **options: Any) -> models.Field[Any, Any]:
    """As many packages have them: Django's field with something added."""
    field: models.Field[Any, Any] = type("Own", (kind,), {"__module__": __name__})(**options)
    field.set_attributes_from_name("value")
    return field


@pytest.mark.parametrize("value", [Colour(0), Colour(255)])
def test_field_of_a_project(value: Colour) -> None:
    """Its own `value_to_string` and `to_python` decide."""
    field = ColourField(name="colour")
    field.set_attributes_from_name("colour")

    assert same(sent(field, value), value)


@pytest.mark.parametrize("value", [2**200, -(2**63) - 1, 7])
def test_integers_beyond_64_bits(value: int) -> None:
    """They arrive whole, not as the nearest float."""
    field = HugeIntegerField()
    field.set_attributes_from_name("number")

    assert same(sent(field, value), value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (own(models.SlugField), "a-b"),
        (own(models.DateTimeField), dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC)),
        (own(models.DecimalField, max_digits=20, decimal_places=2), Decimal("12345678901234567.10")),
        (own(models.BinaryField), b"\x00\xff"),
        (own(models.DurationField), dt.timedelta(days=-3, microseconds=1)),
        (own(models.UUIDField), uuid.UUID(int=7)),
        (own(models.JSONField), {"a": [2**70, None, "x"]}),
        (own(models.FloatField), float("inf")),
        (own(models.FloatField), 1.0),
    ],
)
def test_subclasses_of_djangos_fields(field: models.Field[Any, Any], value: Any) -> None:
    """A subclass that changes no values is as lossless as what it inherits from."""
    assert same(sent(field, value), value)
