"""Histories by seed: a plan of small steps, told again at will, and made short where it fails.

In: a world, the user's own writes, a seed. Out: steps that each stand for themselves, with dice of their own, so that
any of them may be left out: that is how a failing history shrinks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from feedsync.testing.crashing import Crash, dying_before

if TYPE_CHECKING:
    from feedsync.testing.world import World

Operation = Callable[[random.Random], object]
Operations = Sequence[Operation] | Mapping[Any, int]  # {operation: how often, compared with the others}

KINDS = {"write": 10, "relay": 5, "deliver": 6, "pull": 2, "sweep": 1}
DIES = 0.15  # of relays, deliveries and pulls
STATEMENTS = 25
REPLAYS = 150  # as many as a shrinking may take


@dataclass(frozen=True, slots=True)
class Step:
    """`where`: the environment; `source`: of a pull; `before`: the statement before which it dies, 0 for none."""

    kind: str
    where: str
    seed: int
    operation: int = 0
    source: str = ""
    before: int = 0


def plan(flows: Sequence[tuple[str, str]], operations: Operations, seed: int, number: int) -> list[Step]:
    """The steps of a seed. Who writes is whoever is a source of somebody."""
    dice = random.Random(seed)  # noqa: S311  # dice, no secrets
    return [_draw(dice, flows, operations) for _ in range(number)]


def _draw(dice: random.Random, flows: Sequence[tuple[str, str]], operations: Operations) -> Step:
    [kind] = dice.choices(list(KINDS), list(KINDS.values()))
    source, replica = dice.choice(flows)
    where = source if kind in ("write", "relay") else replica
    dies = kind in ("relay", "deliver", "pull") and dice.random() < DIES
    weights = list(operations.values()) if isinstance(operations, Mapping) else None
    [operation] = dice.choices(range(len(operations)), weights)
    before = dice.randrange(1, STATEMENTS) if dies else 0
    return Step(kind, where, dice.getrandbits(32), operation, source, before)


def play(world: World, operations: Operations, steps: Iterable[Step]) -> None:
    for step in steps:
        play_one(world, operations, step)
    world.settle()


def play_one(world: World, operations: Operations, step: Step) -> None:
    world.random.seed(step.seed)
    dying = dying_before(world.alias(step.where), step.before) if step.before else nullcontext()
    with suppress(Crash), dying:
        PLAYED[step.kind](world, list(operations), step)


def told(operations: Operations, step: Step) -> str:
    """In words."""
    what = {
        "write": f"{getattr(list(operations)[step.operation], '__name__', 'write')}(Random({step.seed}))",
        "pull": f"a pull from {step.source} goes on",
        "deliver": "some messages are delivered",
        "relay": "a batch is relayed",
        "sweep": "what is parked is tried again",
    }[step.kind]
    return f"{step.where}: {what}{f', and dies before statement {step.before}' if step.before else ''}"


def shrunk(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """As few of these steps as still fail: halves, quarters, … single ones are left out, as long as any can be."""
    kept, size, left = list(steps), max(1, len(steps) // 2), REPLAYS
    while left:
        for start in range(0, len(kept), size):
            shorter = kept[:start] + kept[start + size :]
            left -= 1
            if shorter and fails(shorter):
                kept = shorter
                break
            if not left:
                break
        else:
            if size == 1:
                return kept
            size //= 2
    return kept


def _write(world: World, operations: Sequence[Operation], step: Step) -> None:
    # What breaks a constraint has not happened.
    with suppress(IntegrityError), world.on(step.where) as alias, transaction.atomic(using=alias):
        operations[step.operation](random.Random(step.seed))  # noqa: S311  # dice


def _relay(world: World, operations: Sequence[Operation], step: Step) -> None:
    world.relay(step.where)


def _deliver(world: World, operations: Sequence[Operation], step: Step) -> None:
    dice = random.Random(step.seed)  # noqa: S311  # dice
    world.deliver(step.where, dice.randrange(1, 4), acknowledge=dice.random() < 0.8)


def _pull(world: World, operations: Sequence[Operation], step: Step) -> None:
    pull = world.pull_underway(step.source, step.where)
    try:
        pull.step()
    except Crash:
        pull.cut()


def _sweep(world: World, operations: Sequence[Operation], step: Step) -> None:
    world.sweep(step.where)


PLAYED: dict[str, Callable[[Any, Sequence[Operation], Step], None]] = {
    "write": _write,
    "relay": _relay,
    "deliver": _deliver,
    "pull": _pull,
    "sweep": _sweep,
}
