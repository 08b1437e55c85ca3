"""A drawn graph and a history of it: replicated, or refused with a reason.

An even seed's is what `World.run` tells: everything among everything, with crashes. An odd one's begins with a world
that agrees; then all is published, and heard one message after the other, in any order, with pulls on the way.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace

from feedsync.testing import Faults, World, running
from feedsync.testing.emptying import empty
from tests.db.graphs import making, writing

FAULTS = Faults(lost=0.1, unconfirmed=0.1, duplicated=0.2)
NAMES = ("studio", "shop")
REFUSED, REPLICATED = "refused", "replicated"


@contextmanager
def world_of(
    source: str, aliases: Mapping[str, str], *, faults: Faults | None = None
) -> Iterator[tuple[World, list[making.Model]]]:
    """Two environments with tables for these models, of which the second follows the first."""
    with making.defined(source) as found, making.tables(found, list(aliases.values())):
        empty(aliases.values())
        yield World(aliases, flows=[NAMES], faults=faults), found


@contextmanager
def named(source: str, aliases: Mapping[str, str]) -> Iterator[tuple[World, SimpleNamespace]]:
    """The same, with the models by their names."""
    with world_of(source, aliases) as (world, found):
        yield world, SimpleNamespace(**{model.__name__: model for model in found})


def tell(source: str, seed: int, aliases: Mapping[str, str], *, steps: int = 30) -> str:
    """REFUSED, REPLICATED, or raises an AssertionError that says all one needs to see it again."""
    with making.defined(source):
        refusals = [message for message in making.messages() if message.is_serious()]
    if refusals:
        assert all(message.hint for message in refusals), refusals
        return REFUSED
    with world_of(source, aliases, faults=FAULTS) as (world, found):
        told: list[str] = []
        operations = writing.operations(found, told)
        try:
            play = _in_disorder if seed % 2 else _at_random
            play(world, operations, seed, steps, told)
            world.settle()
            world.assert_converged()
        except Exception as error:
            story = "\n".join(told)
            raise AssertionError(f"{source}\n\n{story}\n\n{type(error).__name__}: {error}") from error
    return REPLICATED


def _at_random(world: World, operations: running.Operations, seed: int, steps: int, told: list[str]) -> None:
    for step in running.plan([NAMES], operations, seed, steps):
        told.append(running.told(operations, step))
        running.play_one(world, operations, step)


def _in_disorder(world: World, operations: running.Operations, seed: int, steps: int, told: list[str]) -> None:
    dice = random.Random(seed)
    [studio, shop] = NAMES
    writes = [step for step in running.plan([NAMES], operations, seed, 3 * steps) if step.kind == "write"][:steps]
    for number, step in enumerate(writes):
        told.append(running.told(operations, step))
        running.play_one(world, operations, step)
        if number == steps // 2:
            world.settle()
            told.append("all agree")
        elif number > steps // 2 and dice.random() < 0.8:
            world.drain(studio)
            told.append("published")
    world.drain(studio)
    while world.waiting(shop):
        if dice.random() < 0.1:
            world.pull_underway(studio, shop).step()
            told.append("a pull goes on")
        world.deliver(shop, 1)
        told.append("a message is heard")
