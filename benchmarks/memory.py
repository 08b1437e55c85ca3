"""Peak memory of the exporting process and of the pulling one: with ten times as many rows it has to stay the same."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import processes
from benchmarks.measurement import Measurement, Options
from benchmarks.stage import Stage
from benchmarks.worker import Worker

USUAL = (10_000, 100_000)
FULL = (100_000, 1_000_000)
QUICK = (5_000, 20_000)  # with fewer, the small one would hold no whole chunk


def measure(stage: Stage, options: Options) -> Iterator[Measurement]:
    few, many = FULL if options.full else QUICK if options.quick else USUAL
    small, large = _peaks(stage, few), _peaks(stage, many)
    for place, name in enumerate(("export", "pull")):
        yield Measurement(
            name=f"peak memory of {name}, {many:,} rows / {few:,}",
            value=large[place] / small[place],
            target=1.2,
            at_least=False,
            ours=f"{large[place]:.0f} MiB",
            beside=f"{small[place]:.0f} MiB",
            note="rows without tags",
        )


def _peaks(stage: Stage, rows: int) -> tuple[float, float]:
    source, replica = stage.site("source", "feedsync", rows=rows, tagged=False), stage.site("replica", "feedsync")
    with processes.server(source) as (server, url), Worker(replica) as puller:
        puller.call("pulling.know", url=url)
        pulled = puller.call("pulling.pull")
        return server.peak_mebibytes, pulled["peak_mebibytes"]
