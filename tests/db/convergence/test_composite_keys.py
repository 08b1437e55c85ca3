"""Histories of rows whose primary key is made of two columns."""

from __future__ import annotations

import pytest

from tests.db.convergence.histories import failure
from tests.db.convergence.pair_edits import PAIRS
from tests.db.convergence.test_histories import STEPS, harmless

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.mark.parametrize("seed", range(8))
def test_rows_with_composite_keys_arrive(seed: int, databases: None) -> None:
    """Keys that change in one part, swaps, names that stay while the key moves."""
    failed = failure(seed, STEPS, ("studio",), edits=PAIRS)
    assert failed is None, "\n".join(failed.told)


@pytest.mark.parametrize("seed", range(4))
def test_rows_with_composite_keys_end_the_same(seed: int, databases: None) -> None:
    """Written on both sides at once."""
    failed = failure(seed, STEPS, ("studio", "shop"), edits=[edit for edit in PAIRS if harmless(edit)])
    assert failed is None, "\n".join(failed.told)
