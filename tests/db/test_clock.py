"""Versions: each is above all that came before, in this database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsync import clock
from feedsync.models import Clock

START = 1_800_000_000_000


def reserve(using: str = "default", *, above: int = 0, at: int = START) -> int:
    with transaction.atomic(using=using):
        return clock.reserve(using, above=above, now=lambda: at)


@pytest.mark.django_db
def test_first_reading_makes_the_row() -> None:
    """The first reading is the genesis (R26); it stays, and so do incarnation and environment."""
    first = clock.read("default", now=lambda: START)
    later = clock.read("default", now=lambda: START + 5)

    assert first.genesis == first.last == later.genesis == clock.at(START)
    assert first.environment == "studio"
    assert len(first.incarnation) == 32
    assert later.incarnation == first.incarnation


@pytest.mark.django_db
def test_version_follows_the_wall_clock() -> None:
    """A version's milliseconds are those of the wall clock, while that goes forward."""
    assert clock.milliseconds(reserve(at=START)) == START
    assert clock.milliseconds(reserve(at=START + 60_000)) == START + 60_000


@pytest.mark.django_db
def test_wall_clock_that_goes_back() -> None:
    """A clock set back an hour gives versions that still grow."""
    first = reserve(at=START)
    second = reserve(at=START - 3_600_000)

    assert second > first
    assert reserve(at=0) > second


@pytest.mark.django_db
def test_r08_above_what_the_caller_has_seen() -> None:
    """A version is above that of any change from elsewhere, and so is the next one."""
    seen = clock.at(START + 1_000_000)
    first = reserve(above=seen)

    assert first > seen
    assert reserve() > first


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2**43), st.integers(0, 2**60)), min_size=2, max_size=8))
def test_versions_only_grow(readings: list[tuple[int, int]]) -> None:
    """Whatever the wall clock says and whatever was seen (invariant 3)."""
    versions = [reserve(at=at, above=above) for at, above in readings]

    assert versions == sorted(set(versions))
    assert all(version > above for version, (_, above) in zip(versions, readings, strict=True))


@pytest.mark.django_db
def test_reserving_needs_the_callers_transaction() -> None:
    """Outside one the row wouldn't be held until the reservation is committed."""
    connections["default"].in_atomic_block = False
    try:
        with pytest.raises(TransactionManagementError):
            clock.reserve("default")
    finally:
        connections["default"].in_atomic_block = True


@pytest.mark.django_db(databases=["default", "other"])
def test_r06_each_database_has_its_own_clock() -> None:
    """One database's versions say nothing of another's."""
    reserve(at=START + 9_000_000)

    assert clock.milliseconds(reserve("other", at=START)) == START
    assert Clock.objects.using("other").get().incarnation != Clock.objects.get().incarnation


@pytest.mark.django_db(transaction=True)
def test_versions_of_several_processes_differ() -> None:
    """Connections that reserve at the same time get different versions, from the first one on."""

    def work(_: int) -> list[int]:
        try:
            return [reserve() for _ in range(10)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(work, range(4)))
    found = [version for batch in batches for version in batch]

    assert len(set(found)) == len(found) == 40
    assert all(batch == sorted(batch) for batch in batches)
