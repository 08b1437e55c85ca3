"""Models and histories that nobody thought of: a graph is replicated completely, or refused by a check with a hint."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.db.convergence.histories import DATABASES
from tests.db.graphs import drawing, telling
from tests.settings import DATABASE

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "other"]),
    pytest.mark.not_on_mariadb("constraints that are partial, deferred, or of an expression"),
]

T = TypeVar("T")
SEEDS_A_TEST = 8
TESTS = 5 if DATABASE == "sqlite" else 3  # making tables takes longer on a server


class Drawing:
    """Hypothesis' dice."""

    def __init__(self, data: Any) -> None:
        self.draw = data.draw

    def choice(self, items: Sequence[T]) -> T:
        found: T = self.draw(st.sampled_from(items))
        return found

    def random(self) -> float:
        return float(self.draw(st.integers(0, 99))) / 100


def told(dice: drawing.Dice, seed: int) -> str:
    return telling.tell(drawing.graph(dice), seed, DATABASES)


@settings(
    max_examples=25 if DATABASE == "sqlite" else 6,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_what_hypothesis_draws_is_replicated_or_refused(data: Any, seed: int) -> None:
    """It makes a graph that fails a small one."""
    told(Drawing(data), seed)


@pytest.mark.parametrize("first", range(0, TESTS * SEEDS_A_TEST, SEEDS_A_TEST))
def test_graphs_by_seed_are_replicated_or_refused(first: int) -> None:
    """Mostly replicated."""
    ends = Counter(told(random.Random(seed), seed) for seed in range(first, first + SEEDS_A_TEST))
    assert ends[telling.REPLICATED] >= SEEDS_A_TEST // 2
