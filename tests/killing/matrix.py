"""The rows of the matrix: which process is killed, at which moments, while people edit.

In: a stage. Out: a `Row` for each role, with what was found once everything was left in peace.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.killing.load import Load
from tests.killing.stage import Stage

WORKERS = ("relay", "consumer", "pull")  # die before a statement of their own
SERVERS = ("web", "emulator", "postgres")  # die at moments of chance
DIES_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`kills`: how many; `moments`: of which kind; `edits`: made meanwhile; `seconds`: until all was equal."""

    role: str
    moments: str
    kills: int
    edits: int
    objects: int
    different: int
    seconds: float
    parked: int
    dead: int

    @property
    def good(self) -> bool:
        return not (self.different or self.parked or self.dead) and self.kills > 0


def run(stage: Stage, roles: tuple[str, ...], *, kills: int, seed: int) -> Iterator[Row]:
    for role in roles:
        kinds = ("statement", "chance") if role in WORKERS else ("chance",)
        for kind in kinds:
            yield _row(stage, role, kind, kills, random.Random(f"{seed} {role} {kind}"))


def _row(stage: Stage, role: str, kind: str, kills: int, dice: random.Random) -> Row:
    with Load(dice.getrandbits(30)) as load:
        done = sum(_kill(stage, role, kind, number, dice) for number in range(1, kills + 1))
    found, seconds = stage.settle()
    parked, dead = stage.aside()
    return Row(
        role=role,
        moments="before each statement" if kind == "statement" else "at any moment",
        kills=done,
        edits=load.edits,
        objects=found.objects,
        different=found.different,
        seconds=seconds,
        parked=parked,
        dead=dead,
    )


def _kill(stage: Stage, role: str, kind: str, number: int, dice: random.Random) -> bool:
    """Whether the process died of it; another one runs afterwards."""
    if role == "pull":
        return _kill_pull(stage, kind, number, dice)
    if role == "web":
        stage.start("pull")  # which asks the studio meanwhile
    died = True
    if kind == "statement":
        stage.kill(role)
        stage.start(role, before=number)
        died = stage.ended(role, DIES_SECONDS)
        stage.kill(role)
    else:
        time.sleep(dice.uniform(0.1, 1.5))
        stage.kill(role)
    if role != "postgres":  # which has started itself again
        stage.start(role)
    if role == "web":
        stage.ended("pull", DIES_SECONDS * 3)
        stage.kill("pull")
    return died


def _kill_pull(stage: Stage, kind: str, number: int, dice: random.Random) -> bool:
    """A worker that dies, and one that goes on at its position to the end."""
    stage.start("pull", before=number * 3 if kind == "statement" else 0)
    if kind == "chance":
        time.sleep(dice.uniform(0.8, 2.5))
    died = stage.ended("pull", DIES_SECONDS if kind == "statement" else 0.0)
    stage.kill("pull")
    return died if kind == "statement" else not died
