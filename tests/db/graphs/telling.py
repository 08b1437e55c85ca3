"""A drawn graph and a history of it: replicated, or refused with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
            _play(world, operations, running.plan([NAMES], operations, seed, steps), told)
        except Exception as error:
            story = "\n".join(told)
            raise AssertionError(f"{source}\n\n{story}\n\n{type(error).__name__}: {error}") from error
    return REPLICATED


def _play(world: World, operations: running.Operations, plan: Sequence[running.Step], told: list[str]) -> None:
    for step in plan:
        told.append(running.told(operations, step))
        running.play_one(world, operations, step)
    world.settle()
    world.assert_converged()
