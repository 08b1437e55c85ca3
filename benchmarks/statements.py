"""SQL statements for a thousand changes of a feed and for ten: relay and apply work set-wise."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.burst import pull
from benchmarks.measurement import Measurement, Options
from benchmarks.stage import Stage
from benchmarks.worker import Worker

FEW, MANY = 10, 1_000


def measure(stage: Stage, options: Options) -> Iterator[Measurement]:
    source, replica = stage.site("source", "feedsync", rows=MANY), stage.site("replica", "feedsync")
    path = str(stage.directory / "pages")
    relayed, applied = {}, {}
    with Worker(source) as writer, Worker(replica) as applier:
        pull(source, applier)
        for count in (MANY, FEW, MANY, FEW):  # the first of each also fills caches
            writer.call("relaying.change", count=count, prefix=f"{count} ")
            relayed[count] = writer.call("relaying.relay", path=path)["statements"]
            applied[count] = applier.call("consuming.apply", path=path)["statements"]
    for name, counts in (("relay", relayed), ("apply", applied)):
        yield Measurement(
            name=f"statements of {name}, {MANY:,} changes / {FEW}",
            value=counts[MANY] / counts[FEW],
            target=1.5,
            at_least=False,
            ours=f"{counts[MANY]:.0f}",
            beside=f"{counts[FEW]:.0f}",
            note="without BEGIN and COMMIT",
        )
