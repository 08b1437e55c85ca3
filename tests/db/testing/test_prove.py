"""A share of what `make prove` tells: some seeds that stay, and some by chance."""

from __future__ import annotations

import random

import pytest

from tests.prove.telling import tell

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 10
FIXED = range(0, 60, 20)
FRESH = random.SystemRandom().randrange


@pytest.mark.sqlite_only
@pytest.mark.parametrize("first", FIXED)
def test_fixed_seeds_converge(first: int) -> None:
    """Crashes between statements, lost, doubled and reordered messages, pulls: both environments end the same."""
    assert [failed for seed in range(first, first + 20) if (failed := tell(seed, STEPS))] == []


@pytest.mark.sqlite_only
def test_fresh_seeds_converge() -> None:
    """Others in each run; a failure names its seed, which `make prove ARGS="--seed N --schedules 1"` tells again."""
    first = FRESH(10**9)
    assert [failed for seed in range(first, first + 40) if (failed := tell(seed, STEPS))] == []
