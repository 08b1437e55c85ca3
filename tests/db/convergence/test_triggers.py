"""Histories with marks that triggers make: the same ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings as given
from pytest_django import Settings

from feedsync.triggers import installing
from tests.db.convergence.histories import DATABASES, failure
from tests.db.convergence.test_histories import STEPS, harmless

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "other"]),
]


@pytest.fixture(autouse=True)
def _triggers(settings: Settings, databases: None) -> Iterator[None]:
    settings.FEEDSYNC = {**given.FEEDSYNC, "CAPTURE": "triggers"}
    for alias in DATABASES.values():
        installing.install(alias)
    yield
    for alias in DATABASES.values():
        installing.remove(alias)


@pytest.mark.parametrize("seed", range(8))
def test_what_one_side_writes_arrives_by_triggers(seed: int) -> None:
    """Writes of all kinds, relays that die, messages in any order, pulls that are cut."""
    failed = failure(seed, STEPS, ("studio",))
    assert failed is None, "\n".join(failed.told)


@pytest.mark.parametrize("seed", range(8))
def test_what_both_sides_write_ends_the_same_by_triggers(seed: int) -> None:
    """Apply makes no mark here either: nothing echoes."""
    failed = failure(seed, STEPS, ("studio", "shop"), harmless)
    assert failed is None, "\n".join(failed.told)
