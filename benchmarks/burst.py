"""Live apply of a burst: many objects changed at the source, from the relay's pages to the replica's rows.

Alone (decode and apply, in the consumer's batches), and through the emulator with `feedsync_consume` as a process.
Beside it django-cqrs with one worker; its broker is left out, which is in its favour.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import processes
from benchmarks.measurement import Measurement, Options, each, middle
from benchmarks.pages import SUBSCRIPTION, Topic, read
from benchmarks.stage import Broken, Site, Stage
from benchmarks.worker import Worker

CHANGES = 20_000
PEER_CHANGES = 3_000
WARMING_UP = 50
TARGET = 7


def measure(stage: Stage, options: Options) -> Iterator[Measurement]:
    changes, peer_changes = options.size(CHANGES), options.size(PEER_CHANGES)
    source, replica = stage.site("source", "feedsync", rows=changes), stage.site("replica", "feedsync")
    mirror = stage.site("replica", "cqrs", rows=peer_changes)
    alone, streamed, peers = [], [], []
    with Worker(source) as writer, Worker(replica) as applier, Worker(mirror) as peer:
        pull(source, applier)
        peer.call("mirroring.fill")
        peer.call("mirroring.consume", count=WARMING_UP, prefix="warm: ")
        for number in range(options.rounds):
            path = _pages(stage, writer, changes, f"{number} alone: ")
            applied = applier.call("consuming.apply", path=path)
            _check(applied["updated"] == changes, applied)
            alone.append(changes / applied["seconds"])
            consumed = peer.call("mirroring.consume", count=peer_changes, prefix=f"{number} alone: ")
            _check(consumed["updated"] == peer_changes, consumed)
            peers.append(peer_changes / consumed["seconds"])
            path = _pages(stage, writer, changes, f"{number} sent: ")
            streamed.append(changes / _stream(stage, replica, path, f"{number} sent: ", changes))
    note = f"{changes:,} changes; django-cqrs {peer_changes:,}, its consumer called without a broker"
    yield _compared("alone", alone, peers, note=note)
    yield _compared("through the emulator", streamed, peers, note=note)


def _compared(name: str, own: list[float], peers: list[float], *, note: str) -> Measurement:
    ratios = [one / other for one, other in zip(own, peers, strict=True)]
    return Measurement(
        name=f"live apply / django-cqrs, {name}",
        value=middle(ratios),
        target=TARGET,
        at_least=True,
        ours=f"{middle(own):,.0f} changes/s",
        beside=f"{middle(peers):,.0f} changes/s",
        note=note,
        rounds=each(ratios),
    )


def pull(source: Site, puller: Worker) -> None:
    """Fill the replica, so that its ledger knows everything."""
    with processes.server(source) as (_, url):
        puller.call("pulling.know", url=url)
        puller.call("pulling.pull")
    with puller.site.connect() as connection:
        # The pull found no topic, since its source has none then, and noted that.
        connection.execute("UPDATE feedsync_consumers_datasource SET subscription = %s", [SUBSCRIPTION])
        connection.execute("VACUUM ANALYZE")


def _pages(stage: Stage, writer: Worker, changes: int, prefix: str) -> str:
    path = str(stage.directory / "pages")
    writer.call("relaying.change", count=changes, prefix=prefix)
    writer.call("relaying.relay", path=path)
    return path


def _stream(stage: Stage, replica: Site, path: str, prefix: str, changes: int) -> float:
    """Seconds from publishing until everything is in effect; the first page warms the consumer up."""
    pages = list(read(Path(path)))
    with processes.emulator(stage.directory) as host:
        topic = Topic(host)
        with processes.managed(replica, "feedsync_consume", PUBSUB_EMULATOR_HOST=host) as consumer:
            topic.publish(pages[:1])
            consumer.wait(lambda: _arrived(replica, prefix) > 0)
            missing = changes - _arrived(replica, prefix)
            started = time.perf_counter()
            topic.publish(pages[1:])
            consumer.wait(lambda: _arrived(replica, prefix) >= changes)
            return (time.perf_counter() - started) * changes / missing


def _arrived(replica: Site, prefix: str) -> int:
    with replica.connect() as connection:
        return _count(connection, prefix)


def _count(connection: psycopg.Connection[Any], prefix: str) -> int:
    row = connection.execute("SELECT count(*) FROM content_copy WHERE starts_with(value, %s)", [prefix]).fetchone()
    return int(row[0]) if row else 0


def _check(right: bool, *seen: object) -> None:
    if not right:
        raise Broken(f"The result is wrong: {seen}")
