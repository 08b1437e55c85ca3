"""One schedule after the other in a process of its own: a seed in, nothing or what differs out."""

from __future__ import annotations

import os
from typing import Any

import django

FAULTS: dict[str, Any] = {"lost": 0.1, "unconfirmed": 0.1, "duplicated": 0.2}


def begin() -> None:
    """A process with a database in memory."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.prove.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def tell(seed: int, steps: int) -> str:
    """One schedule; empty where both environments end the same, else what differs."""
    from feedsync.testing import Faults, World
    from tests.prove.operations import BOTH_WAYS, ONE_WAY

    one_way = seed % 2 == 0
    world = World(["studio", "shop"], faults=Faults(**FAULTS), flows=[("studio", "shop")] if one_way else None)
    try:
        world.run(ONE_WAY if one_way else BOTH_WAYS, seed=seed, steps=steps).assert_converged()
    except Exception as error:  # noqa: BLE001  # whatever it is, the seed has found it
        return f"seed {seed}: {type(error).__name__}: {error}"
    return ""


def tell_one(work: tuple[int, int]) -> str:
    return tell(*work)


def tell_graph(work: tuple[int, int]) -> str:
    """One schedule of models that its seed draws; empty where they are replicated, or refused by a check."""
    import random

    from feedsync.testing import databases
    from tests.db.graphs import drawing, telling

    seed, steps = work
    try:
        telling.tell(drawing.graph(random.Random(seed)), seed, databases.copies(telling.NAMES), steps=steps)
    except Exception as error:  # noqa: BLE001  # whatever it is, the seed has found it
        return f"seed {seed}: {error}"
    return ""
