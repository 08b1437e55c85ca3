"""Nonces: one contract for the table and its twin in memory, and what only the table does."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from feedsync.auth.nonces import DatabaseNonces, MemoryNonces, NonceStore
from feedsync.models import UsedNonce

NOW = 1_800_000_000.0


@pytest.fixture(params=[MemoryNonces, DatabaseNonces])
def store(request: pytest.FixtureRequest) -> NonceStore:
    """Each store in turn."""
    made: NonceStore = request.param()
    return made


@pytest.mark.django_db
def test_only_the_first_use_counts(store: NonceStore) -> None:
    """A nonce is new once; another one is new too."""
    assert store.first_use("a" * 32, now=NOW, expires_at=NOW + 300)
    assert not store.first_use("a" * 32, now=NOW + 299, expires_at=NOW + 599)
    assert store.first_use("b" * 32, now=NOW, expires_at=NOW + 300)


@pytest.mark.django_db
def test_refused_use_leaves_the_transaction_usable() -> None:
    """A replay inside a transaction doesn't break it for whoever runs it."""
    store = DatabaseNonces()
    assert store.first_use("a" * 32, now=NOW, expires_at=NOW + 300)
    assert not store.first_use("a" * 32, now=NOW, expires_at=NOW + 300)
    assert UsedNonce.objects.count() == 1


@pytest.mark.django_db
def test_expired_nonces_are_purged() -> None:
    """What the time window refuses anyway is forgotten, in one statement; the rest is kept."""
    keeping, purging = DatabaseNonces(purge_share=2**40), DatabaseNonces(purge_share=1)
    keeping.first_use("1" * 32, now=NOW, expires_at=NOW + 10)
    keeping.first_use("2" * 32, now=NOW, expires_at=NOW + 300)
    purging.first_use("3" * 32, now=NOW + 11, expires_at=NOW + 311)
    assert set(UsedNonce.objects.values_list("nonce", flat=True)) == {"2" * 32, "3" * 32}


@pytest.mark.django_db(databases=["default", "other"])
def test_store_keeps_to_its_database() -> None:
    """`using` says where nonces are remembered."""
    DatabaseNonces(using="other").first_use("a" * 32, now=NOW, expires_at=NOW + 300)
    assert [UsedNonce.objects.using(alias).count() for alias in ("default", "other")] == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_concurrent_uses_have_one_winner() -> None:
    """Of four requests with one nonce at the same time, one passes."""
    start, results = threading.Barrier(4), []

    def use() -> None:
        start.wait()
        results.append(DatabaseNonces().first_use("a" * 32, now=NOW, expires_at=NOW + 300))
        connections.close_all()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
