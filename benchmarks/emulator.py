"""The emulator beside a server that only echoes and, where it can be started, Google's: the official Python client,
messages of 1 KiB, each server a process of its own, turn and turn about."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from benchmarks import servers
from benchmarks.measurement import Measurement, Options, each, middle
from benchmarks.stage import Stage
from benchmarks.traffic import traffic

MESSAGES = 30_000
OFFICIAL_MESSAGES = 1_000  # with more it stalls after a while
WARMING_UP = 500
CALLS = 1_000
OFFICIAL_CALLS = 100  # it delivers every 50 ms
RESTING_SECONDS = 5.0
STARTS = 5
ON_DISK = "with a data directory"
PAIRS = (("emulator", "echo", 0.8), ("emulator", "official", 1), (ON_DISK, "emulator", 0.7))  # and the ratio aimed at

Figures = dict[str, dict[str, list[float]]]  # {figure: {server: its value in each round}}


def measure(stage: Stage, options: Options) -> Iterator[Measurement]:
    starting: dict[str, Any] = {"emulator": servers.emulator, "echo": servers.echo}
    if servers.has_official():
        starting["official"] = servers.official
    figures: Figures = defaultdict(lambda: defaultdict(list))
    for _ in range(options.rounds):
        for name, start in starting.items():
            with start(stage.directory) as server:
                _run(name, server, options, figures)
        with servers.emulator(stage.directory, "--data-dir", str(stage.directory / "data")) as server:
            _run(ON_DISK, server, options, figures)
        shutil.rmtree(stage.directory / "data")
    yield from _rates(figures, options)
    yield from _delays(figures)
    yield from _rest(stage, options)


def _run(name: str, server: servers.Server, options: Options, figures: Figures) -> None:
    messages, calls = options.size(MESSAGES), options.size(CALLS)
    if name == "official":
        messages, calls = OFFICIAL_MESSAGES, OFFICIAL_CALLS
    with traffic(server.host) as clients:
        clients.publish(WARMING_UP)
        clients.receive(WARMING_UP)
        clients.renew()
        figures["publish"][name].append(clients.publish(messages))
        figures["subscribe"][name].append(clients.receive(messages))
        clients.renew()
        unary = clients.unary(calls)
        clients.renew()
        callbacks = clients.callbacks(calls)
    figures["unary median"][name].append(unary[calls // 2] * 1000)
    figures["callback median"][name].append(callbacks[calls // 2] * 1000)
    figures["callback p99"][name].append(callbacks[int(calls * 0.99)] * 1000)


def _rates(figures: Figures, options: Options) -> Iterator[Measurement]:
    for figure in ("publish", "subscribe"):
        rates = figures[figure]
        for name, beside, target in PAIRS:
            if rates[beside]:
                ratios = [one / other for one, other in zip(rates[name], rates[beside], strict=True)]
                yield Measurement(
                    name=f"{figure}: {name} / {beside}",
                    value=middle(ratios),
                    target=target,
                    at_least=True,
                    ours=f"{middle(rates[name]):,.0f} messages/s",
                    beside=f"{middle(rates[beside]):,.0f} messages/s",
                    note=f"{options.size(MESSAGES):,} messages of 1 KiB",
                    rounds=each(ratios),
                )


def _delays(figures: Figures) -> Iterator[Measurement]:
    targets = {"unary median": 1, "callback median": 5, "callback p99": 20}
    for figure, target in targets.items():
        times = figures[figure]
        beside = [f"{name} {middle(values):.2f} ms" for name, values in times.items() if name != "emulator"]
        yield Measurement(
            name=f"publish to {figure}" if "callback" in figure else f"publish call: {figure}",
            value=middle(times["emulator"]),
            target=target,
            at_least=False,
            unit="ms",
            beside=", ".join(beside),
            rounds=each(times["emulator"]),
        )


def _rest(stage: Stage, options: Options) -> Iterator[Measurement]:
    starts = []
    for _ in range(STARTS):
        with servers.emulator(stage.directory) as server:
            starts.append(server.ready_seconds)
    yield Measurement(name="start to ready", value=middle(starts), target=0.5, at_least=False, unit="s")
    with servers.emulator(stage.directory) as server:
        before = server.processor_seconds
        time.sleep(RESTING_SECONDS)
        used = (server.processor_seconds - before) / RESTING_SECONDS * 100
        yield Measurement(name="memory at rest", value=server.mebibytes, target=80, at_least=False, unit="MiB")
    yield Measurement(name="processor at rest", value=used, target=0.5, at_least=False, unit="%")
