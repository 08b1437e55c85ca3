"""Every type of field arrives as it was, and the number of statements doesn't grow with the number of objects."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consumers.apply import Mode, apply
from feedsync import registry, snapshot
from feedsync.models import DeadChange, LedgerEntry, Mark
from feedsync.wire import json
from feedsync.wire.page import Change
from tests.db.apply.building import copy, country, deletion, language, tag, upsert
from tests.library.models import EveryField, Publication

pytestmark = pytest.mark.django_db

MOMENT = dt.datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=dt.UTC)
EVERYTHING: dict[str, Any] = {
    "big_integer": -(2**63),
    "binary": b"\x00\xff'\\",
    "boolean": False,
    "char": "Ünïcode \"quotes\" 'and' \\ %s {}",
    "date": dt.date(1, 1, 1),
    "date_time": MOMENT,
    "decimal": Decimal("-123456789.000001"),
    "duration": dt.timedelta(days=-3, microseconds=1),
    "email": "a@example.org",
    "floating": 1e-300,
    "integer": -(2**31),
    "ip_address": "2001:db8::1",
    "json": {"a": [1, 2.5, None, True, {"b": "c"}], "big": 2**70},
    "positive_big_integer": 2**63 - 1,
    "positive_integer": 2**31 - 1,
    "positive_small_integer": 0,
    "slug": "a-b",
    "small_integer": -(2**15),
    "text": "line\nline\ttab\u2028",
    "time": dt.time(23, 59, 59, 999999),
    "url": "https://example.org/?a=b",
    "uuid": uuid.UUID(int=2**128 - 1),
    "created": MOMENT,
    "changed": MOMENT,
    "elsewhere": 42,
    "database_default": 1,
}
OTHERS: dict[str, Any] = dict.fromkeys(EVERYTHING) | {
    "created": MOMENT,
    "changed": MOMENT,
    "elsewhere": 0,
    "database_default": 0,
}


def as_change(row: EveryField, version: int) -> Change:
    """What the source would send of a row, through bytes."""
    feed = registry.get("library.everyfield")
    [state] = snapshot.by_pks(feed, "default", [row.pk])
    fields = json.loads(json.dumps(state.fields))
    return Change(feed=feed.label, key=state.key, version=version, origin="elsewhere", fields=fields)


@pytest.mark.parametrize("values", [EVERYTHING, OTHERS], ids=["extremes", "nulls"])
def test_every_field_arrives_as_it_was(values: dict[str, Any]) -> None:
    """Created and updated rows have, value by value, what the source had."""
    row = EveryField.objects.create(name="source")
    EveryField.objects.filter(pk=row.pk).update(**values)
    change = as_change(row, 5)
    row.delete()
    LedgerEntry.objects.all().delete()
    assert apply([change], using="default").created == 1, DeadChange.objects.values()
    EveryField.objects.update(**{**EVERYTHING, "char": "other", "created": MOMENT - dt.timedelta(1)})
    Mark.objects.all().delete()
    assert apply([change], using="default", mode=Mode.PULL).updated == 1
    arrived = EveryField.objects.get()
    assert {name: getattr(arrived, name) for name in values} == values


@pytest.mark.not_on_mariadb("has no infinity")
def test_floats_that_json_has_no_word_for() -> None:
    """Infinity arrives."""
    row = EveryField.objects.create(name="source", floating=math.inf)
    change = as_change(row, 5)
    row.delete()
    LedgerEntry.objects.all().delete()
    apply([change], using="default")
    assert EveryField.objects.get().floating == math.inf


def page(count: int, version: int, value: str) -> list[Change]:
    return [copy(f"k{number}", version, tags=("a", "b"), value=value) for number in range(count)]


@pytest.mark.parametrize("step", ["create", "update", "unchanged", "delete"])
def test_statements_do_not_grow_with_the_number_of_objects(step: str) -> None:
    """Ten objects and a thousand take the same number of statements."""
    apply([country("GB", 5), language("GB", "en", 5), tag("a", 5), tag("b", 5)], using="default")
    counts = []
    for count, version in ((10, 10), (1000, 20)):
        if step != "create":
            apply(page(count, version, "before"), using="default")
        changes = {
            "create": page(count, version, "new"),
            "update": page(count, version + 1, "after"),
            "unchanged": page(count, version + 1, "before"),
            "delete": [deletion("copy", ["GB", "en", f"k{number}"], version + 1) for number in range(count)],
        }[step]
        with CaptureQueriesContext(connection) as queries:
            apply(changes, using="default")
        counts.append(len(queries))
    assert counts[1] <= counts[0] * 1.5, counts


def test_multi_table_children_join_their_parents() -> None:
    """A book whose publication is here already gets its own row only."""
    registry.register_model(natural_key=["code"])(Publication)
    from tests.library.models import Book

    registry.register_model(natural_key=["code"])(Book)
    try:
        apply([upsert("publication", ["x"], 5, code="x", title="one")], using="default")
        apply([upsert("book", ["x"], 5, code="x", title="two", pages=7)], using="default")
        apply([upsert("book", ["y"], 5, code="y", title="three", pages=8)], using="default")
        apply([upsert("book", ["y"], 6, code="y", title="four", pages=9)], using="default")
        assert list(Book.objects.order_by("code").values_list("code", "title", "pages")) == [
            ("x", "two", 7),
            ("y", "four", 9),
        ]
        assert Publication.objects.count() == 2
    finally:
        registry.unregister(Publication)
        registry.unregister(Book)
