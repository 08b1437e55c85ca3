"""`make prove`: seeded histories on every core, with crashes between statements, lost, doubled and reordered messages.

In: --schedules, --seed, --steps, --graphs. Out: progress, the rate, and each failing seed with its shortest history;
exit status 0 only where all converged. A schedule: two environments with SQLite databases in memory, so many steps,
then settled and compared object by object. With --graphs each has models of its own, drawn by its seed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time

from tests.prove import telling

SHOWN = 5


def main() -> int:
    arguments = _arguments()
    seeds = range(arguments.seed, arguments.seed + arguments.schedules)
    started = time.monotonic()
    failures: list[str] = []
    with multiprocessing.get_context("spawn").Pool(arguments.processes, telling.begin) as pool:
        work = [(seed, arguments.steps) for seed in seeds]
        tell = telling.tell_graph if arguments.graphs else telling.tell_one
        for done, failed in enumerate(pool.imap_unordered(tell, work, chunksize=20), start=1):
            failures += [failed] if failed else []
            if done % max(1, len(seeds) // 20) == 0:
                _say(f"{done:,} schedules, {done / (time.monotonic() - started):,.0f}/s, {len(failures)} failed")
    for failed in failures[:SHOWN]:
        _say(failed)
    seconds = time.monotonic() - started
    _say(f"seed {arguments.seed}: {len(seeds):,} schedules in {seconds:.1f} s, {len(failures)} failed")
    return 1 if failures else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make prove", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--schedules", type=int, default=10_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="the first one (default: by chance)")
    parser.add_argument("--steps", type=int, default=10, help="of each schedule (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="(default: one a core)")
    parser.add_argument("--graphs", action="store_true", help="models of all kinds, others in each schedule")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
