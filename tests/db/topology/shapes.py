"""Ways for environments to hear each other: names of environments in, a world out.

"a" is the hub of a star; in a ring each hears the one before it. The last of a ring may be anybody's, too: loops end.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from feedsync.testing import Faults, World

ALIASES = ("default", "other", "third", "fourth")
Flows = list[tuple[str, str]]  # (source, replica)


def names(number: int) -> str:
    return "abcd"[:number]


def mesh(number: int) -> Flows:
    return [(one, other) for one in names(number) for other in names(number) if one != other]


def ring(number: int) -> Flows:
    around = names(number)
    return list(pairwise(around + around[0]))


def star(number: int) -> Flows:
    return [pair for other in names(number)[1:] for pair in (("a", other), (other, "a"))]


SHAPES = {"mesh": mesh, "ring": ring, "star": star}


def world(
    shape: str, number: int, *, seed: int = 0, forward: Iterable[str] | None = None, faults: Faults | None = None
) -> World:
    """`forward`: None for those that have to: nobody in a mesh, the hub of a star, everybody in a ring."""
    if forward is None:
        forward = {"mesh": "", "ring": names(number), "star": "a"}[shape]
    databases = dict(zip(names(number), ALIASES, strict=False))
    return World(databases, flows=SHAPES[shape](number), seed=seed, forward=list(forward), faults=faults)
