"""`python -m benchmarks [NAME…]`: measures in one go, prints a table, writes JSON.

Everything that it needs is made for the run: a PostgreSQL server, databases, processes, an emulator. Exit status 1
where a target is missed, unless --quick.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks import report
from benchmarks.measurement import Benchmark, Measurement, Options
from benchmarks.stage import ROOT, stage

NAMES = ("backfill", "burst", "saving", "latency", "memory", "statements", "emulator", "backlog")


def main() -> int:
    arguments = _arguments()
    options = Options(rows=arguments.rows, quick=arguments.quick, full=arguments.full)
    started = time.monotonic()
    measurements: list[Measurement] = []
    with stage() as built:
        for name in arguments.names or NAMES:
            print(f"{time.monotonic() - started:5.0f} s  {name}", flush=True)
            benchmark: Benchmark = import_module(f"benchmarks.{name}").measure
            measurements += benchmark(built, options)
    report.show(measurements)
    report.save(measurements, arguments.json, seconds=time.monotonic() - started)
    if arguments.markdown:
        print(report.markdown(measurements))
    return 0 if options.quick or all(measured.reached for measured in measurements) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join(NAMES)}")
    parser.add_argument("--rows", type=int, default=100_000, help="texts of the backfill (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, to see that it works")
    parser.add_argument("--full", action="store_true", help="also a million rows, for peak memory")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "benchmarks.json", metavar="PATH")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown too")
    found = parser.parse_args()
    unknown = set(found.names) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    return found


if __name__ == "__main__":
    sys.exit(main())
