"""Values on the wire: what goes in comes out, for every field of Django's, through real JSON."""

from __future__ import annotations

import datetime as dt
import json as standard_json
import math
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.postgres import fields as postgres
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange, NumericRange
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from feedsync.wire import json
from feedsync.wire.values import codec_of
from tests.library.models import EveryField

utc = st.just(dt.UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]))
moments = st.datetimes(timezones=utc)
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
finite = st.floats(allow_nan=False)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6)

# {field of EveryField: its values}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "big_integer": st.integers(-(2**63), 2**63 - 1),
    "binary": st.binary(),
    "boolean": st.booleans(),
    "char": texts,
    "date": st.dates(),
    "date_time": moments,
    "decimal": decimals,
    "duration": st.timedeltas(),
    "email": st.emails(),
    "floating": finite,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "ip_address": st.ip_addresses().map(str),
    "json": plain_json,
    "positive_big_integer": st.integers(0, 2**63 - 1),
    "positive_integer": st.integers(0, 2**31 - 1),
    "positive_small_integer": st.integers(0, 2**15 - 1),
    "slug": texts,
    "small_integer": st.integers(-(2**15), 2**15 - 1),
    "text": texts,
    "time": st.times(),
    "url": texts,
    "uuid": st.uuids(),
    "created": moments,
    "elsewhere": st.integers(0, 9),
    "database_default": st.integers(0, 9),
}


def sent(field: models.Field[Any, Any], value: Any) -> Any:
    """What arrives of a value."""
    codec = codec_of(field)
    wire = json.loads(json.dumps(value if codec.encode is None else codec.encode(value)))
    return wire if codec.decode is None else codec.decode(wire)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and spelled(one) == spelled(other)


def spelled(value: Any) -> str:
    """A text that tells values and types apart: 1, 1.0, "1" and true."""
    return standard_json.dumps(
        value, sort_keys=True, default=lambda it: it.isoformat() if hasattr(it, "hour") else repr(it)
    )


def test_no_field_is_forgotten() -> None:
    """Every kind of field of the test model has values here."""
    kinds = {type(field) for field in EveryField._meta.concrete_fields if field.name != "upper_name"}

    assert kinds - {models.BigAutoField} == {type(EveryField._meta.get_field(name)) for name in VALUES}


@given(st.data())
def test_every_field_is_lossless(data: st.DataObject) -> None:
    """Value and type arrive as they were sent, to the microsecond and the last digit."""
    name = data.draw(st.sampled_from(sorted(VALUES)))
    value = data.draw(VALUES[name])

    field = next(field for field in EveryField._meta.concrete_fields if field.name == name)

    assert same(sent(field, value), value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 1.0])
def test_floats_that_json_lacks(value: float) -> None:
    """Infinite and undefined numbers arrive, and a whole float stays a float."""
    assert same(sent(models.FloatField(), value), value)


@pytest.mark.parametrize("value", ["1E+30", "0.10", "-0", "NaN", "123456789012345678901234567890.123456789"])
def test_decimals_keep_their_digits(value: str) -> None:
    """Trailing zeros and exponents too."""
    assert same(sent(models.DecimalField(), Decimal(value)), Decimal(value))


@pytest.mark.parametrize("value", [dt.timedelta.max, dt.timedelta.min, dt.timedelta(microseconds=-1)])
def test_longest_durations(value: dt.timedelta) -> None:
    """They have more microseconds than 64 bits can count."""
    assert sent(models.DurationField(), value) == value


@pytest.mark.parametrize(
    "value",
    [2**200, [1, {"deep": -(2**63) - 1}], math.inf, {"$json": "1"}, {"$json": {"a": 2**64}}, {"b": 1, "a": [None, ""]}],
)
def test_json_beyond_64_bits(value: Any) -> None:
    """Huge integers, infinity, and a document that looks like the escape for them arrive."""
    assert same(sent(models.JSONField(), value), value)


def test_json_nan() -> None:
    """NaN inside JSON, which SQLite keeps, arrives."""
    assert math.isnan(sent(models.JSONField(), {"x": math.nan})["x"])


def test_bytes_of_a_memoryview() -> None:
    """PostgreSQL answers binary columns as memoryview."""
    assert sent(models.BinaryField(), memoryview(b"\x00\xff")) == b"\x00\xff"


def test_time_zones_are_one_moment() -> None:
    """Whatever zone a moment is read in, its wire form is the same."""
    there = dt.datetime(2026, 3, 29, 3, 30, 0, 1, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    codec = codec_of(models.DateTimeField())

    assert codec.encode is not None
    assert codec.encode(there) == "2026-03-29T01:30:00.000001+00:00" == codec.encode(there.astimezone(dt.UTC))


@pytest.mark.parametrize("kind", [models.DateTimeField, type("OwnDateTime", (models.DateTimeField,), {})])
def test_moments_between_aware_and_naive_projects(
    settings: Settings, kind: type[models.DateTimeField[Any, Any]]
) -> None:
    """A project without time zones gets naive UTC, one with them gets aware moments of what it reads as UTC."""
    aware = dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    naive = aware.replace(tzinfo=None)

    assert sent(kind(), naive) == aware
    settings.USE_TZ = False
    assert sent(kind(), aware) == naive


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (postgres.ArrayField(models.IntegerField()), [1, None, 3]),
        (postgres.ArrayField(models.DateTimeField()), [dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None]),
        (postgres.ArrayField(postgres.ArrayField(models.DecimalField())), [[Decimal("1.50")], [None]]),
        (postgres.ArrayField(models.BinaryField()), []),
        (postgres.HStoreField(), {"a": "1", "b": None, "é": ""}),
        (postgres.IntegerRangeField(), NumericRange(1, 5, "[)")),
        (postgres.BigIntegerRangeField(), NumericRange(None, 2**62, "()")),
        (postgres.DecimalRangeField(), NumericRange(Decimal("0.10"), Decimal("2.00"), "(]")),
        (postgres.DateRangeField(), DateRange(dt.date(2026, 1, 1), None, "[)")),
        (postgres.DateRangeField(), DateRange(empty=True)),
        (
            postgres.DateTimeRangeField(),
            DateTimeTZRange(dt.datetime(2026, 1, 1, 0, 0, 0, 7, tzinfo=dt.UTC), None, "[]"),
        ),
        (postgres.DateRangeField(), DateRange(None, None, "()")),
    ],
)
def test_fields_of_postgresql(field: models.Field[Any, Any], value: Any) -> None:
    """Arrays of any depth, hstore and ranges with their bounds arrive."""
    assert same(sent(field, value), value)


@given(st.lists(st.lists(st.none() | moments, max_size=3), max_size=3))
def test_arrays_of_arrays(value: list[Any]) -> None:
    """Nested arrays are lossless with NULLs at any place."""
    assert sent(postgres.ArrayField(postgres.ArrayField(models.DateTimeField())), value) == value


@pytest.mark.parametrize("kind", [models.FileField, models.ImageField, models.FilePathField])
def test_files_travel_by_name(kind: type[models.Field[Any, Any]]) -> None:
    """A file's column is its name."""
    assert codec_of(kind()).encode is None


@given(st.uuids())
def test_uuid_has_one_spelling(value: uuid.UUID) -> None:
    """As key or value, on every database."""
    codec = codec_of(models.UUIDField())

    assert codec.encode is not None
    assert codec.encode(value) == str(value)
