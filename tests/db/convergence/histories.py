"""Histories: a number of random steps, written and interleaved by a seed, each of which can be left out.

Each step has dice of its own, so that a history with steps left out still does the same in the others: `shrunk` makes
a short one of one that fails.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from feedsync.relay.batch import Hook
from feedsync.testing import Faults, Pull, Step, World, crash_at
from feedsync.testing.emptying import empty
from tests.db.convergence import edits, more_edits
from tests.db.convergence.editing import EDITS, Edit, Editor

DATABASES = {"studio": "default", "shop": "other"}
ENTERED = (edits, more_edits)  # importing them enters what can be written
FAULTS = Faults(lost=0.05, unconfirmed=0.05, duplicated=0.2)


def anything(function: Edit) -> bool:
    return True


@dataclass
class History:
    """`writers`: environments whose users write; everything they write goes to the others. `edits`: what they write,
    unless it is drawn from families of models."""

    seed: int
    writers: Sequence[str] = ("studio",)
    only: Callable[[Edit], bool] = anything
    edits: Sequence[Edit] = ()
    told: list[str] = field(default_factory=list)
    error: Exception | None = None

    def __post_init__(self) -> None:
        flows = [("studio", "shop")] if len(self.writers) == 1 else None
        self.world = World(DATABASES, seed=self.seed, flows=flows, faults=FAULTS)
        dice = random.Random(self.seed)
        families = dice.sample(sorted(EDITS), dice.choice([1, 1, 2, len(EDITS)]))
        drawn = [edit for family in families for edit in EDITS[family] if self.only(edit)]
        allowed = self.edits or drawn
        self.editors = {
            name: Editor(self.world.alias(name), random.Random(), side=name[:2], edits=allowed) for name in self.writers
        }
        self.pulls: list[Pull] = []
        self.replicas = [name for name in DATABASES if flows is None or name == "shop"]

    def play(self, steps: Iterable[int]) -> None:
        for step in steps:
            dice = random.Random(f"{self.seed} {step}")
            self.world.random.seed(dice.random())
            self.told.append(f"{step}: {self._step(dice)}")

    def settle(self) -> None:
        self.world.random.seed(self.seed)
        self.world.settle()

    def _step(self, dice: random.Random) -> str:
        acts: list[tuple[int, Callable[[random.Random], str]]] = [
            (12, self.edit),
            (5, self.relay),
            (2, self.crash),
            (2, self.meddle),
            (5, self.deliver),
            (2, self.pull),
            (1, self.sweep),
        ]
        [act] = dice.choices([act for _, act in acts], [weight for weight, _ in acts])
        return act(dice)

    def edit(self, dice: random.Random) -> str:
        name = dice.choice(list(self.writers))
        with self.world.on(name):
            return f"{name}: {self._write(name, dice)}"

    def _write(self, name: str, dice: random.Random) -> str:
        self.editors[name].dice = dice
        return self.editors[name].edit()

    def relay(self, dice: random.Random) -> str:
        name = dice.choice(list(self.writers))
        return f"{name} relays: {self.world.relay(name)}"

    def crash(self, dice: random.Random) -> str:
        name, step = dice.choice(list(self.writers)), dice.choice(list(Step))
        self.world.relay(name, at=crash_at(step))
        return f"{name} relays and dies when {step}"

    def meddle(self, dice: random.Random) -> str:
        """Somebody writes, or another relay overtakes, between two steps of a relay."""
        name, wanted, kind = dice.choice(list(self.writers)), dice.choice(list(Step)), dice.random()
        done: list[str] = []

        def meddle(step: Step) -> None:
            if step != wanted or done:
                return
            done.append("")
            if kind < 0.4:
                with self.world.on(name):
                    done.append(self._write(name, dice))
            elif kind < 0.7:
                self.world.time.pass_by(20_000)
                with self.world.on(name):
                    done.append(self._write(name, dice))
                done.append(f"another relays: {self.world.relay(name)}")
            else:
                done.append(self.deliver(dice))

        hook: Hook = meddle
        self.world.relay(name, at=hook)
        return f"{name} relays; when {wanted} {'; '.join(done)}"

    def deliver(self, dice: random.Random) -> str:
        name = dice.choice(self.replicas)
        kind, count = dice.random(), dice.choice([1, 2, 5, None])
        outcome = self.world.deliver(name, count, acknowledge=kind > 0.2, dying=0.2 < kind < 0.3)
        return f"{name} receives: {outcome}"

    def pull(self, dice: random.Random) -> str:
        replica = dice.choice(self.replicas)
        source = next(name for name in DATABASES if name != replica)
        if not self.pulls or self.pulls[-1].done or dice.random() < 0.1:
            self.pulls.append(self.world.begin_pull(source, replica, chunk=dice.choice([1, 2, 5, 50])))
        pull = self.pulls[-1]
        if dice.random() < 0.2:
            pull.cut()
        for _ in range(dice.randint(1, 8)):
            pull.step(dying=dice.random() < 0.1)
        return f"{pull.replica.name} pulls from {pull.source.name}: {pull.outcome}, done: {pull.done}"

    def sweep(self, dice: random.Random) -> str:
        name = dice.choice(self.replicas)
        return f"{name} sweeps: {self.world.sweep(name)}"


def failure(
    seed: int,
    steps: Iterable[int],
    writers: Sequence[str],
    only: Callable[[Edit], bool] = anything,
    *,
    mended: bool = False,
    edits: Sequence[Edit] = (),
) -> History | None:
    """Play a history in empty databases and settle; the history with its last words if the environments differ.

    `mended`: after a full pull each way.
    """
    empty(DATABASES.values())
    history = History(seed, writers, only, edits)
    try:
        history.play(steps)
        history.settle()
        if mended:
            history.world.pull("studio", "shop", chunk=50)
            history.world.pull("shop", "studio", chunk=50)
            history.settle()
        history.world.assert_converged()
    except Exception as error:  # noqa: BLE001 - whatever a history fails with, its story belongs to it
        history.told.append(f"{type(error).__name__}: {error}")
        history.error = error
        return history
    return None
