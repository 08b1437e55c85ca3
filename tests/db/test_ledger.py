"""The ledger: versions never go down, and everybody locks in the same order."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsync import ledger
from feedsync.ledger import Entry
from feedsync.models import LedgerEntry

FEED = "library.country"
GONE = dt.datetime(2026, 11, 23, 14, 0, 0, 123456, tzinfo=dt.UTC)


def entry(code: str = "GB", **values: Any) -> Entry:
    return Entry.of(FEED, f'["{code}"]', **values)


def found(code: str = "GB") -> Entry:
    wanted = entry(code)
    return ledger.read("default", FEED, [wanted.key_hash])[wanted.key_hash]


@pytest.mark.django_db
def test_everything_is_kept() -> None:
    """An entry reads back as it was put, to the microsecond of a tombstone."""
    full = entry(
        object_pk="7", version=2**62, origin="studio", content_hash="c" * 32, deleted_at=GONE, successor="s" * 32
    )
    ledger.put("default", [full, entry("FR")])

    assert found() == full
    assert found().tombstone
    assert found("FR") == entry("FR")


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from("abc")), min_size=1, max_size=8))
def test_r10_version_never_goes_down(ranks: list[tuple[int, str]]) -> None:
    """In whatever order entries are put, the highest (version, origin) stays."""
    LedgerEntry.objects.all().delete()
    for version, origin in ranks:
        ledger.put("default", [entry(version=version, origin=origin, content_hash=f"{version}{origin}")])

    assert found().rank == max(ranks)
    assert found().content_hash == "{}{}".format(*max(ranks))


@pytest.mark.django_db
def test_equal_version_is_written() -> None:
    """The same version with new particulars counts: a hash that is cleared, a row that moved."""
    first = entry(version=5, origin="studio", object_pk="1", content_hash="c" * 32)
    ledger.put("default", [first])
    ledger.put("default", [replace(first, object_pk="2", content_hash="")])

    assert (found().object_pk, found().content_hash) == ("2", "")


@pytest.mark.django_db
def test_deletion_and_return() -> None:
    """A tombstone is lifted by a newer version, and by that only (invariant 5)."""
    ledger.put("default", [entry(version=5, origin="studio", deleted_at=GONE)])
    ledger.put("default", [entry(version=4, origin="studio", object_pk="1")])
    assert found().tombstone

    ledger.put("default", [entry(version=6, origin="studio", object_pk="2")])
    assert not found().tombstone


@pytest.mark.django_db
def test_r15_placeholders_change_nothing_that_is_there() -> None:
    """They fill gaps only, with a version that loses to any other."""
    known = entry(version=5, origin="studio", object_pk="1")
    ledger.put("default", [known])
    ledger.placeholders("default", [entry("FR"), entry(), entry("FR")])

    assert found() == known
    assert found("FR").rank == (0, "") < known.rank


@pytest.mark.django_db
def test_entries_of_a_row() -> None:
    """A row's entries are all that point to it, tombstones included, of its feed only."""
    ledger.put(
        "default",
        [
            entry("GB", object_pk="1", version=1),
            entry("UK", object_pk="1", version=1, deleted_at=GONE),
            entry("FR", object_pk="2", version=1),
            Entry.of("library.tag", '["x"]', object_pk="1"),
        ],
    )

    assert {each.key for each in ledger.of_pks("default", FEED, ["1"])} == {'["GB"]', '["UK"]'}


@pytest.mark.django_db
def test_lock_answers_what_is_there() -> None:
    """Addresses without a row are missing from the answer; none asked for is no query."""
    ledger.put("default", [entry("GB", version=1), Entry.of("library.tag", '["x"]', version=2)])
    addresses = [entry("GB").address, entry("FR").address, Entry.of("library.tag", '["x"]').address]

    with transaction.atomic():
        locked = ledger.lock("default", addresses)
    assert {address: each.version for address, each in locked.items()} == {addresses[0]: 1, addresses[2]: 2}
    with CaptureQueriesContext(connection) as queries:
        assert ledger.lock("default", []) == {}
    assert len(queries) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("write", [ledger.put, ledger.placeholders])
def test_number_of_statements_is_constant(write: Callable[[str, Iterable[Entry]], None]) -> None:
    """A thousand entries take as many statements as ten."""
    counts = []
    for size in (10, 1_000):
        with CaptureQueriesContext(connection) as queries:
            entries = [entry(f"{size}-{number}", version=1) for number in range(size)]
            write("default", entries)
            ledger.read("default", FEED, [each.key_hash for each in entries])
            with transaction.atomic():
                ledger.lock("default", [each.address for each in entries])
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_claiming_gives_what_is_known_and_placeholders_for_the_rest() -> None:
    """One of three is there already; each is given once."""
    ledger.put("default", [entry(version=7, origin="studio")])
    with transaction.atomic():
        claimed = ledger.claim("default", [entry(), entry("FR"), entry("FR")])

    assert claimed == {each.address: each for each in (entry(version=7, origin="studio"), entry("FR"))}
    assert ledger.read("default", FEED, [entry("FR").key_hash]) == {entry("FR").key_hash: entry("FR")}


@pytest.mark.django_db(databases=["default", "other"])
def test_r06_each_database_has_its_own_ledger() -> None:
    """What is put beside one database's rows isn't in the other."""
    ledger.put("other", [entry(version=1)])

    assert ledger.read("default", FEED, [entry().key_hash]) == {}
    assert len(ledger.read("other", FEED, [entry().key_hash])) == 1


@pytest.mark.django_db(transaction=True)
def test_r15_two_that_lock_in_opposite_order() -> None:
    """Placeholders and locks go in address order, so that two transactions wait and never deadlock."""
    entries = [entry(f"c{number}") for number in range(50)]
    together = threading.Barrier(2, timeout=20)

    def work(mine: list[Entry]) -> None:
        try:
            for _ in range(5):
                together.wait()
                with transaction.atomic():
                    assert len(ledger.claim("default", mine)) == 50
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (entries, entries[::-1])))

    assert LedgerEntry.objects.count() == 50
