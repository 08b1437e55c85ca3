"""What capture costs the writer: the same saves in the same kind of transaction, with feedsync and without.

Two processes, each with a database of its own on one server, take turns many times; a round's ratio is of neighbours in
time. PostgreSQL waits for the disk at each commit, as in life.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.measurement import Measurement, Options, each, middle
from benchmarks.stage import Stage
from benchmarks.worker import Worker

ROWS = 5_000
SAVES = 500
CREATED = 10_000
ROUNDS = 9


def measure(stage: Stage, options: Options) -> Iterator[Measurement]:
    with (
        Worker(stage.site("source", "feedsync", rows=ROWS)) as hooked,
        Worker(stage.site("source", "feedsync", rows=ROWS)) as triggered,
        Worker(stage.site("source", "plain", rows=ROWS)) as plain,
    ):
        triggered.call("saving.use_triggers")
        for name, captured, targets in (("signals", hooked, (1.5, 1.5, 1.2)), ("triggers", triggered, (1.2, 1.2, 1.2))):
            for measurement, target in zip(_measurements(options), targets, strict=True):
                yield _compare(measurement, (captured, plain), options, capture=name, target=target)


def _measurements(options: Options) -> Iterator[tuple[str, Callable[[Worker], float]]]:
    """(name, seconds a row)"""
    saves, created = options.size(SAVES), options.size(CREATED)
    for name, atomic in (("autocommit", False), ("in atomic()", True)):

        def one(worker: Worker, atomic: bool = atomic) -> float:
            return float(worker.call("saving.save", count=saves, atomic=atomic)) / saves

        yield f"save(), {name}", one

    def bulk(worker: Worker) -> float:
        return float(worker.call("saving.create", count=created)) / created

    yield f"bulk_create of {created:,}", bulk


def _compare(
    measured: tuple[str, Callable[[Worker], float]],
    workers: tuple[Worker, Worker],
    options: Options,
    *,
    capture: str,
    target: float,
) -> Measurement:
    """Turn and turn about; the first turn, which warms up, doesn't count."""
    name, run = measured
    figures: list[list[float]] = [[], []]
    for number in range(1 + (3 if options.quick else ROUNDS)):
        for place in (0, 1) if number % 2 else (1, 0):
            workers[place].call("saving.tidy")
            figures[place].append(run(workers[place]))
    captured, plain = figures[0][1:], figures[1][1:]
    ratios = [one / other for one, other in zip(captured, plain, strict=True)]
    return Measurement(
        name=f"{name}: {capture} / plain",
        value=middle(ratios),
        target=target,
        at_least=False,
        ours=f"{middle(captured) * 1e6:,.0f} µs a row",
        beside=f"{middle(plain) * 1e6:,.0f} µs a row",
        rounds=each(ratios),
    )
