"""Random edits of one object in two environments: what became of each is compared with what its author had seen."""

from __future__ import annotations

from random import Random

import pytest

from consumers.conflicts import keeping
from consumers.models import Conflict
from feedsync.testing import World
from feedsync.testing.emptying import empty
from tests.db.convergence.histories import DATABASES
from tests.library.models import Country

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])

STEPS = 14
START = "start"


class Story:
    """`seen`: {value: the value that its author edited}, so that an edit's ancestors are what it has seen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: dict[str, str] = {}

    def edit(self, where: str) -> None:
        before, value = self.value(where), f"{where} {len(self.seen)}"
        self.seen[value] = before
        with self.world.on(where):
            Country.objects.update(name=value)

    def value(self, where: str) -> str:
        with self.world.on(where):
            return Country.objects.get().name

    def ancestors(self, value: str) -> set[str]:
        """And itself."""
        found = {value}
        while value in self.seen:
            value = self.seen[value]
            found.add(value)
        return found

    def conflicts(self) -> list[tuple[str, str]]:
        """(value that won, value that lost), of all environments"""
        found = []
        for name in self.world.names:
            with self.world.on(name):
                pairs = [(keeping.winner_of(row), keeping.loser_of(row)) for row in Conflict.objects.all()]
                found += [(str((a.fields or {})["name"]), str((b.fields or {})["name"])) for a, b in pairs]
        return found


def tell(story: Story, random: Random) -> None:
    """Messages come in order, one or several at a time."""
    for _ in range(STEPS):
        where = random.choice(story.world.names)
        act = random.choice((story.edit, story.edit, story.world.drain, story.world.drain, story.world.deliver))
        act(where)
    story.world.settle()


@pytest.mark.parametrize("seed", [*range(7), 30])
def test_p01_every_edit_is_in_effect_or_seen_or_kept(transactional_db: None, seed: int) -> None:
    """No edit is lost unnoticed, and whoever has seen the other's edit is in no conflict with it."""
    empty(DATABASES.values())
    world = World(DATABASES)
    with world.on("studio"):
        Country.objects.create(code="GB", name=START)
    world.settle()
    story = Story(world)
    tell(story, Random(seed))
    world.assert_converged()
    conflicts = story.conflicts()
    known = story.ancestors(story.value("studio")).union(*(story.ancestors(lost) for _, lost in conflicts))
    assert story.seen.keys() <= known
    for won, lost in conflicts:
        assert lost not in story.ancestors(won)
        assert won not in story.ancestors(lost)
