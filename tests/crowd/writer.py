"""A process that writes to the studio as long as it is told to, beside others that write to the same rows.

In: a seed, seconds, and whether it takes rows in one order, as careful programs do. Out: one line of JSON: committed
transactions, increments of populations in them, and deadlocks after which a transaction was tried again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import asdict, dataclass

import django

HOT = 40  # cities that everybody writes to
DEADLOCK = "40P01"


@dataclass
class Told:
    transactions: int = 0
    increments: int = 0
    deadlocks: int = 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("seed", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--unordered", action="store_true")
    arguments = parser.parse_args()
    django.setup()
    told = _write(
        random.Random(arguments.seed), f"w{arguments.seed}", arguments.seconds, ordered=not arguments.unordered
    )
    sys.stdout.write(json.dumps(asdict(told)) + "\n")


def _write(dice: random.Random, name: str, seconds: float, *, ordered: bool) -> Told:
    from django.db import IntegrityError, OperationalError, transaction

    told, ending = Told(), time.monotonic() + seconds
    while time.monotonic() < ending:
        try:
            with transaction.atomic():
                increments = _transaction(dice, name, ordered=ordered)
        except IntegrityError:  # a slug is taken: somebody at a form would try another one
            continue
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
                raise
            told.deadlocks += 1
            continue
        told.transactions += 1
        told.increments += increments
    return told


def _transaction(dice: random.Random, name: str, *, ordered: bool) -> int:
    """How many populations it increments."""
    from django.db.models import F

    from tests.demo.atlas.models import City, Tag

    hot = list(City.objects.order_by("pk").values_list("pk", flat=True)[:HOT])
    chosen = dice.sample(hot, 4)
    if ordered:
        chosen.sort()
    for pk in chosen[:3]:
        City.objects.filter(pk=pk).update(population=F("population") + 1)
    city = City.objects.select_for_update().get(pk=chosen[3])
    city.population += 1
    city.save(update_fields=["population"])
    kind = dice.random()
    if kind < 0.2:
        Tag.objects.create(slug=f"{name}-{dice.getrandbits(40):x}", label=name)
    elif kind < 0.35:
        own = Tag.objects.filter(slug__startswith=f"{name}-").order_by("pk")
        own.filter(pk__in=list(own.values_list("pk", flat=True)[:1])).update(slug=f"{name}-{dice.getrandbits(40):x}")
    elif kind < 0.45:
        own = Tag.objects.filter(slug__startswith=f"{name}-").order_by("pk")
        own.filter(pk__in=list(own.values_list("pk", flat=True)[:1])).delete()
    elif kind < 0.6:
        city.tags.set(Tag.objects.filter(slug__startswith=f"{name}-").order_by("pk")[: dice.randrange(3)])
    return 4


if __name__ == "__main__":
    main()
