"""`make crowd`: several writers, relays and consumers at once, on PostgreSQL, with pulls in between.

In: --seconds, --writers, --workers. Out: figures; the exit status is 0 only where both environments are equal, no
increment is lost, no version went back, nothing is parked or dead, and writers that take rows in one order met no
deadlock.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.crowd.watching import Watch
from tests.killing.stage import SETTINGS, Stage

POPULATION = "SELECT sum(population) FROM atlas_city"
DEADLOCKS = "SELECT sum(deadlocks) FROM pg_stat_database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`deadlocks`: of the writers; `others`: those that the database counted besides, in relays and consumers."""

    transactions: int
    increments: int
    grown: int
    deadlocks: int
    others: int
    objects: int
    different: int
    aside: int
    went_back: int
    looks: int

    def good(self, *, ordered: bool) -> bool:
        lost = self.grown != self.increments
        wrong = (lost, self.different, self.aside, self.went_back, ordered and self.deadlocks)
        return not any(wrong) and self.transactions > 0 and self.looks > 0


def main() -> int:
    arguments = _arguments()
    good = True
    with tempfile.TemporaryDirectory(prefix="feedsync-crowd-") as directory:
        Path(directory).chmod(0o755)
        with Stage(Path(directory), database="postgres") as stage:
            _begin(stage, arguments.workers)
            for ordered in (True, False):
                found = _round(stage, arguments.writers, arguments.seconds, ordered=ordered)
                sys.stdout.write(f"rows {'in one order' if ordered else 'in any order'}: {found}\n")
                good &= found.good(ordered=ordered)
    return 0 if good else 1


def _begin(stage: Stage, workers: int) -> None:
    stage.load(0.02)
    stage.start("web")
    stage.introduce()
    stage.start("pull")
    stage.processes.finish("pull")
    for number in range(workers):
        stage.manage(f"relay-{number}", stage.studio, "feedsync_relay")
        stage.manage(f"consumer-{number}", stage.shop, "feedsync_consume")


def _round(stage: Stage, writers: int, seconds: float, *, ordered: bool) -> Found:
    people, growth, deadlocks = _value(stage, POPULATION), 0, _value(stage, DEADLOCKS)
    with Watch(stage.studio) as studio, Watch(stage.shop) as shop:
        told = _write(stage, writers, seconds, ordered=ordered)
        compared, _ = stage.settle()
    growth = _value(stage, POPULATION) - people
    time.sleep(1)  # the server counts with a delay
    own = sum(one["deadlocks"] for one in told)
    return Found(
        transactions=sum(one["transactions"] for one in told),
        increments=sum(one["increments"] for one in told),
        grown=growth,
        deadlocks=own,
        others=_value(stage, DEADLOCKS) - deadlocks - own,
        objects=compared.objects,
        different=compared.different,
        aside=sum(stage.aside()),
        went_back=len(studio.went_back) + len(shop.went_back),
        looks=min(studio.looks, shop.looks),
    )


def _write(stage: Stage, writers: int, seconds: float, *, ordered: bool) -> list[dict[str, int]]:
    """What each writer tells; a pull goes on as long as they write."""
    variables = {**stage.studio.variables, **SETTINGS}
    options = [] if ordered else ["--unordered"]
    names = [f"writer-{number}-{'ordered' if ordered else 'any'}" for number in range(writers)]
    for seed, name in enumerate(names):
        stage.processes.start(name, "tests.crowd.writer", str(seed), str(seconds), *options, variables=variables)
    while not all(map(stage.processes.ended, names)):
        stage.start("pull")
        stage.processes.finish("pull")
    for name in names:
        stage.processes.finish(name)
    return [json.loads(stage.processes.tail(name, 1)) for name in names]


def _value(stage: Stage, sql: str) -> int:
    plain = stage.studio.plain()
    value = int(plain.value(sql))
    plain.close()
    return value


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make crowd", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="of each of the two rounds (default: %(default)s)")
    parser.add_argument("--writers", type=int, default=3, help="processes that write (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=3, help="relays, and consumers (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
