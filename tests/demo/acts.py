"""The acts of the demo: load, full pull, live feed, a killed consumer, comparison.

In: the two sites and what runs them; out: figures. An act ends when plain SQL on the shop's database says so.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles
from typing import Any

from tests.demo import steps
from tests.demo.compare import Comparison, compare
from tests.demo.person import Person
from tests.demo.plain import Plain
from tests.demo.processes import Broken, Processes, Site
from tests.demo.show import Show

PULL_SECONDS = 1_800
SETTLE_SECONDS = 120
SAMPLES = 100
BURST = 3_000
LATEST_PULL = "SELECT status, progress, message FROM feedsync_consumers_datapull ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theatre:
    """What every act needs."""

    studio: Site
    shop: Site
    processes: Processes
    show: Show
    in_shop: Plain
    pause_seconds: float


def load(theatre: Theatre, scale: float) -> None:
    """Fill the studio."""
    name = theatre.processes.manage(theatre.studio, "atlas_load", "--json", "--scale", str(scale))
    log = theatre.processes.log(name)
    with theatre.show.bar("loading the studio") as bar:
        while not theatre.processes.ended(name):
            bar.at(_last_json(log.read_text()).get("objects", 0))
            time.sleep(0.1)
    theatre.processes.finish(name)
    figures = _last_json(log.read_text())
    theatre.show.line(f"{figures['objects']:,} objects in {figures['seconds']:.1f} seconds")


def pull(theatre: Theatre) -> float:
    """A person adds the studio as a data source in the shop's admin; gives the objects pulled a second."""
    person = Person(theatre.shop.url)
    started = time.monotonic()
    person.submit("/admin/feedsync_consumers/datasource/add/", env_name="studio", env_url=theatre.studio.url)
    with theatre.show.bar("pulling") as bar:
        theatre.processes.wait(
            "the pull", lambda: _pulled(theatre.in_shop, bar.at), every_seconds=0.2, seconds=PULL_SECONDS
        )
    seconds = time.monotonic() - started
    result = compare(theatre.studio.database, theatre.shop.database)
    theatre.show.comparison(result)
    theatre.show.line(f"pulled in {seconds:.1f} seconds")
    return result.objects / seconds


def follow(theatre: Theatre) -> None:
    """Start the shop's consumer, and wait until it has caught up with the studio."""
    theatre.processes.manage(theatre.shop, "feedsync_consume")
    with theatre.show.bar("first change") as bar:
        started = time.monotonic()
        for step in steps.ticks(1):
            step.act()
            theatre.processes.wait(step.label, partial(_arrived, theatre, step), seconds=PULL_SECONDS)
        bar.at(1)
    theatre.show.line(f"the shop follows (the first change took {time.monotonic() - started:.1f} seconds)")


def live(theatre: Theatre) -> None:
    """One of each kind of change, one after the other."""
    for step in steps.story():
        time.sleep(theatre.pause_seconds)
        theatre.show.arrived(step.label, _delay(theatre, step))


def clock(theatre: Theatre) -> dict[str, float]:
    """How long small edits take from their commit in the studio until the shop's database shows them."""
    with theatre.show.bar("small edits") as bar:
        delays = []
        for step in steps.ticks(SAMPLES):
            delays.append(_delay(theatre, step) * 1000)
            bar.at(len(delays), SAMPLES)
    figures = {"median": round(median(delays), 1), "p99": round(quantiles(delays, n=100, method="inclusive")[98], 1)}
    theatre.show.line(f"{SAMPLES} small edits: median {figures['median']} ms, p99 {figures['p99']} ms")
    return figures


def kill(theatre: Theatre) -> None:
    """Kill the shop's consumer in the middle of a burst, and start another."""
    burst = steps.burst(BURST)
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(burst.act)
        theatre.processes.wait(
            "a quarter of the burst",
            lambda: bool(theatre.in_shop.value(burst.sql) > burst.expected / 4),
            every_seconds=0.002,
        )
        theatre.processes.kill("shop-feedsync_consume")
        made.result()
    here = theatre.in_shop.value(burst.sql)
    theatre.show.line(f"{burst.label}; the consumer was killed when {here:,} had arrived")
    time.sleep(theatre.pause_seconds)
    started = time.monotonic()
    theatre.processes.manage(theatre.shop, "feedsync_consume")
    theatre.processes.wait("the rest", lambda: _arrived(theatre, burst), every_seconds=0.02, seconds=SETTLE_SECONDS)
    theatre.show.line(f"another one brought the rest in {time.monotonic() - started:.1f} seconds")


def settle(theatre: Theatre) -> Comparison:
    """Compare, until all is equal or patience ends."""
    deadline = time.monotonic() + SETTLE_SECONDS
    result = compare(theatre.studio.database, theatre.shop.database)
    while result.different and time.monotonic() < deadline:
        theatre.processes.check()
        time.sleep(1)
        result = compare(theatre.studio.database, theatre.shop.database)
    theatre.show.comparison(result)
    return result


def _delay(theatre: Theatre, step: steps.Step) -> float:
    """Seconds from the end of the change in the studio until the shop has it."""
    step.act()
    started = time.monotonic()
    theatre.processes.wait(step.label, lambda: _arrived(theatre, step), every_seconds=0.001, seconds=SETTLE_SECONDS)
    return time.monotonic() - started


def _arrived(theatre: Theatre, step: steps.Step) -> bool:
    return bool(theatre.in_shop.value(step.sql) == step.expected)


def _pulled(in_shop: Plain, show: Callable[[float, float | None], None]) -> bool:
    row = in_shop.row(LATEST_PULL)
    if row is None:
        return False
    status, progress, message = row
    if status in {"failed", "cancelled"}:
        raise Broken(f"the pull {status}: {message}")
    feeds = (json.loads(progress) if isinstance(progress, str) else progress).get("feeds", {}).values()
    show(sum(feed.get("seen", 0) for feed in feeds), sum(feed.get("total") or 0 for feed in feeds) or None)
    return bool(status == "done")


def _last_json(text: str) -> dict[str, Any]:
    """The last whole line of JSON in a log."""
    lines = [line for line in text.split("\n")[:-1] if line.startswith("{")]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found
