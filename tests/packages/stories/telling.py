"""A world of two environments, in the second of which primary keys are other ones; acts, after which both are equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core import checks

from feedsync import register_model
from feedsync.testing import World

ACCEPTED = frozenset({"feedsync.W001", "feedsync.W005", "feedsync.W006", "feedsync.W008", "feedsync.W011"})


def register(model: Any, *natural_key: str, **options: Any) -> None:
    register_model(natural_key=natural_key, **options)(model)


@contextmanager
def world(same: Callable[[], object] = lambda: None) -> Iterator[World]:
    """`same`: makes in both what is the same everywhere, as migrations do."""
    found = [message for message in checks.run_checks(tags=["feedsync"], databases=[]) if message.id not in ACCEPTED]
    assert found == [], found
    told = World(["studio", "shop"], flows=[("studio", "shop")])
    for name in told.names:
        with told.on(name):
            same()
    yield told


@contextmanager
def act(world: World) -> Iterator[None]:
    """What somebody does in the studio arrives."""
    with world.on("studio"):
        yield
    world.settle()
    world.assert_converged()


def pulled(world: World) -> None:
    """A full pull changes nothing more."""
    outcome = world.pull("studio", "shop", chunk=50)
    assert (outcome.created, outcome.updated) == (0, 0), outcome
    world.assert_converged()
