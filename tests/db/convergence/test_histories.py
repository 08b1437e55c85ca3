"""Whatever happens, in whatever order it arrives: after settling both environments are the same (invariant 6)."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from feedsync.testing import Step, crash_at
from feedsync.testing.emptying import empty
from tests.db.convergence.editing import Edit
from tests.db.convergence.histories import DATABASES, History, failure

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

STEPS = range(40)
SEEDS_A_TEST = 6
DICE = st.integers(0, 2**16).map(random.Random)


@pytest.mark.parametrize("first", range(0, 36, SEEDS_A_TEST))
def test_what_one_side_writes_arrives(first: int, databases: None) -> None:
    """Writes of all kinds, relays that die, messages in any order, pulls that are cut: the shop has what the studio
    has."""
    for seed in range(first, first + SEEDS_A_TEST):
        failed = failure(seed, STEPS, ("studio",))
        assert failed is None, "\n".join(failed.told)


def spares_parents(edit: Edit) -> bool:
    """Not a deletion that the other side's new children forbid (P4)."""
    parents = ("country_deleted", "country_replaced", "language_deleted", "person_deleted", "club_deleted")
    return edit.__name__ not in parents


def harmless(edit: Edit) -> bool:
    """Nor a rename, which the other side may not have heard of."""
    words = ("renamed", "moved", "rotated", "swapped", "changed")
    own_key_only = edit.__name__ in {"copies_changed", "friends_changed", "category_moved"}
    return spares_parents(edit) and (own_key_only or not any(word in edit.__name__ for word in words))


@pytest.mark.parametrize("first", range(0, 24, SEEDS_A_TEST))
def test_what_both_sides_write_ends_the_same(first: int, databases: None) -> None:
    """Both write to the same objects at once: the higher version wins everywhere."""
    for seed in range(first, first + SEEDS_A_TEST):
        failed = failure(seed, STEPS, ("studio", "shop"), harmless)
        assert failed is None, "\n".join(failed.told)


# Among them those of the first 600 whose environments differ until then.
@pytest.mark.parametrize("seed", [2, 372, 373, 413, 415, 475, 516, 521, 601, 602, 603, 604, 605])
def test_a_pull_each_way_mends_what_renames_on_both_sides_left(seed: int, databases: None) -> None:
    """Both rename what the other side edits at the same time: in the end there is one state."""
    failed = failure(seed, STEPS, ("studio", "shop"), spares_parents, mended=True)
    assert failed is None, "\n".join(failed.told)


class Machine(RuleBasedStateMachine):
    """The studio writes; hypothesis says what happens next, and makes a failing history short."""

    def __init__(self) -> None:
        super().__init__()
        empty(DATABASES.values())
        self.history = History(0)

    @rule(dice=DICE)
    def write(self, dice: random.Random) -> None:
        self.history.edit(dice)

    @rule()
    def relay(self) -> None:
        self.history.world.relay("studio")

    @rule(step=st.sampled_from(Step))
    def die(self, step: Step) -> None:
        self.history.world.relay("studio", at=crash_at(step))

    @rule(dice=DICE)
    def meddle(self, dice: random.Random) -> None:
        self.history.meddle(dice)

    @rule(count=st.integers(1, 5), acknowledge=st.booleans(), dying=st.booleans())
    def deliver(self, count: int, acknowledge: bool, dying: bool) -> None:
        self.history.world.deliver("shop", count, acknowledge=acknowledge, dying=dying)

    @rule(dice=DICE)
    def pull(self, dice: random.Random) -> None:
        self.history.pull(dice)

    def teardown(self) -> None:
        self.history.settle()
        self.history.world.assert_converged()


def test_what_hypothesis_thinks_of_arrives(databases: None) -> None:
    """The same histories, chosen by hypothesis."""
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
