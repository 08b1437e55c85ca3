"""A world until nothing moves: marks relayed, messages applied, nothing parked that can be applied.

In: a world, whose own steps do it. Out: what waits for ever, in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import connections, models

from consumers.apply import Outcome
from consumers.models import ParkedChange
from feedsync.models import DeadChange, ForwardMark
from feedsync.relay import marks
from feedsync.testing.emptying import filled

if TYPE_CHECKING:
    from feedsync.testing.world import World

ROUNDS = 200
SWEEPS = 3  # in vain, one after the other: what waits then waits for ever


class Unsettled(AssertionError):
    """Something moves for ever."""


def settle(world: World) -> None:
    still = 0
    for _ in range(ROUNDS):
        moved = [_moves(world, name) for name in world.names]
        still = 0 if any(moved) else still + 1
        # Only what is parked may come with another try.
        if still == SWEEPS or (still and not any(_parked(world.alias(name)) for name in world.names)):
            return
    raise Unsettled(f"Something moves for ever: {', '.join(leftovers(world))}")


def leftovers(world: World) -> list[str]:
    """What waits for something or for a person, in words."""
    return [f"{name}: {line}" for name in world.names for line in _leftovers(world.alias(name))]


def _moves(world: World, name: str) -> bool:
    """Do what there is to be done; whether there was anything."""
    alias = world.alias(name)
    [forwards, parked] = _filled(alias, ForwardMark, ParkedChange)
    marked = forwards or marks.waiting(alias)
    if marked:
        world.drain(name)
    received = bool(world.waiting(name))
    if received:
        world.deliver(name)
    swept = world.sweep(name) if parked else Outcome()
    if (parked or received) and _parked(alias):
        swept.add(world.fetch(name))
    return marked or received or bool(swept.created or swept.updated or swept.deleted)


def _parked(alias: str) -> bool:
    return _filled(alias, ParkedChange)[0]


def _leftovers(alias: str) -> Iterator[str]:
    [parked, dead] = _filled(alias, ParkedChange, DeadChange)  # mostly neither, and asked after every history
    for waits in ParkedChange.objects.using(alias).order_by("id") if parked else ():
        reason = f"{waits.reason}: {waits.waits_feed} {waits.waits_key}{waits.detail}"
        yield f"parked {waits.feed} {waits.key} ({reason})"
    for change in DeadChange.objects.using(alias).order_by("id") if dead else ():
        yield f"dead {change.feed} {change.key} ({change.reason})"


def _filled(alias: str, *tables: type[models.Model]) -> list[bool]:
    names = [model._meta.db_table for model in tables]
    found = filled(connections[alias], names)
    return [name in found for name in names]
