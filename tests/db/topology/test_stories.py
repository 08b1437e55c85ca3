"""Whatever happens among three or four environments, in the end all of them are the same (P7)."""

from __future__ import annotations

import pytest

from feedsync.testing.emptying import empty
from tests.db.convergence.test_histories import harmless
from tests.db.topology.shapes import ALIASES, SHAPES
from tests.db.topology.stories import Story

pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.not_on_mariadb("the time that four databases take there; its own stories are of two"),
]

STEPS = range(40)
SEEDS = 2


def differences(shape: str, number: int, seed: int) -> list[str]:
    """The story and what is wrong at its end; empty if nothing is."""
    empty(ALIASES)
    story = Story(shape, number, seed, harmless)
    try:
        story.tell(STEPS)
        story.world.assert_converged()
    except Exception as error:  # noqa: BLE001 - whatever a story fails with, what happened belongs to it
        return [*story.told, f"{type(error).__name__}: {error}"]
    return []


@pytest.mark.parametrize(("shape", "number"), [(shape, number) for shape in sorted(SHAPES) for number in (3, 4)])
def test_p07_whatever_happens_all_end_the_same(shape: str, number: int, databases: None) -> None:
    """Everybody writes to the same objects, relays die, messages are lost, doubled and shuffled, pulls are cut."""
    for seed in range(SEEDS):
        wrong = differences(shape, number, seed)
        assert not wrong, "\n".join([f"seed {seed}", *wrong])
