"""Random histories of three and four environments: everybody writes, relays die, messages come in any order.

A step has dice of its own, by seed and number, so that a story told again is the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from feedsync.testing import Faults, Pull, Step, World, crash_at
from tests.db.convergence import edits, more_edits
from tests.db.convergence.editing import EDITS, Edit, Editor
from tests.db.topology.shapes import SHAPES, world

ENTERED = (edits, more_edits)  # importing them enters what can be written
FAULTS = Faults(lost=0.05, unconfirmed=0.05, duplicated=0.2)
Act = Callable[[random.Random], str]


@dataclass
class Story:
    """`told`: what happened, a line a step."""

    shape: str
    number: int
    seed: int
    only: Callable[[Edit], bool]
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world: World = world(self.shape, self.number, seed=self.seed, faults=FAULTS)
        self.flows = SHAPES[self.shape](self.number)
        dice = random.Random(self.seed)
        families = dice.sample(sorted(EDITS), dice.choice([1, 2, len(EDITS)]))
        allowed = [edit for family in families for edit in EDITS[family] if self.only(edit)]
        self.editors = {
            name: Editor(self.world.alias(name), random.Random(), side=name, edits=allowed) for name in self.world.names
        }
        self.pulls: list[Pull] = []

    def tell(self, steps: Iterable[int]) -> None:
        for step in steps:
            dice = random.Random(f"{self.seed} {step}")
            self.world.random.seed(dice.random())
            [act] = dice.choices(self._acts(), [12, 6, 2, 6, 2, 1])
            self.told.append(f"{step}: {act(dice)}")
        self.world.settle()

    def _acts(self) -> list[Act]:
        return [self._edit, self._relay, self._die, self._deliver, self._pull, self._sweep]

    def _edit(self, dice: random.Random) -> str:
        name = dice.choice(self.world.names)
        self.editors[name].dice = dice
        with self.world.on(name):
            return f"{name}: {self.editors[name].edit()}"

    def _relay(self, dice: random.Random) -> str:
        name = dice.choice(self.world.names)
        return f"{name} relays: {self.world.relay(name)}"

    def _die(self, dice: random.Random) -> str:
        name, step = dice.choice(self.world.names), dice.choice(list(Step))
        self.world.relay(name, at=crash_at(step))
        return f"{name} relays and dies when {step}"

    def _deliver(self, dice: random.Random) -> str:
        name, kind, count = dice.choice(self.world.names), dice.random(), dice.choice([1, 2, 5, None])
        outcome = self.world.deliver(name, count, acknowledge=kind > 0.2, dying=0.2 < kind < 0.3)
        return f"{name} receives: {outcome}"

    def _pull(self, dice: random.Random) -> str:
        if not self.pulls or self.pulls[-1].done:
            source, replica = dice.choice(self.flows)
            self.pulls.append(self.world.begin_pull(source, replica, chunk=dice.choice([1, 2, 5, 50])))
        pull = self.pulls[-1]
        for _ in range(dice.randint(1, 8)):
            pull.step(dying=dice.random() < 0.1)
        return f"{pull.replica.name} pulls from {pull.source.name}: {pull.outcome}, done: {pull.done}"

    def _sweep(self, dice: random.Random) -> str:
        name = dice.choice(self.world.names)
        return f"{name} sweeps: {self.world.sweep(name)}"
