"""Fields that only PostgreSQL has, read from a real database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange, NumericRange

from feedsync import registry, snapshot
from feedsync.shape import shape_of
from feedsync.wire import json

NOON = dt.datetime(2026, 11, 23, 12, 0, 0, 1, tzinfo=dt.UTC)
ROWS = {
    "pgfields.arrays": {
        "texts": ["é", None, "", 'q"{}'],
        "moments": [NOON],
        "matrix": [[Decimal("1.500000")], [Decimal("-2.000000")]],
    },
    "pgfields.ranges": {
        "integers": NumericRange(1, 5),
        "big_integers": NumericRange(None, 2**62),
        "decimals": NumericRange(Decimal("0.10"), None, "(]"),
        "moments": DateTimeTZRange(NOON, None, "[]"),
        "dates": DateRange(empty=True),
    },
}


@pytest.mark.postgres_only
@pytest.mark.django_db
@pytest.mark.parametrize("label", sorted(ROWS))
def test_fields_of_postgresql_are_lossless(label: str) -> None:
    """Arrays and ranges, in the spelling that the database gave them, go through real JSON and come back the same."""
    feed = registry.get(label)
    feed.model._default_manager.create(name="full", **ROWS[label])
    feed.model._default_manager.create(name="null")
    full, null = snapshot.read(feed, snapshot.rows(feed, "default").order_by("pk"))
    row = feed.model._default_manager.get(name="full")

    arrived = json.loads(json.dumps(full.fields))
    decoders = {column.name: column.codec.decode for column in shape_of(feed).columns if column.name != "name"}
    for name, decode in decoders.items():
        assert (decode(arrived[name]) if decode else arrived[name]) == getattr(row, name)
    assert all(null.fields[name] is None for name in decoders)
