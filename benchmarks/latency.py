"""From commit at the source until it is in effect at the replica, through the emulator, with real processes.

A writer saves one text after the other; a trigger at the replica notifies of each that is committed there. Once with
the relay as a thread of the writer, once as `feedsync_relay`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import processes
from benchmarks.burst import pull
from benchmarks.measurement import Measurement, Options
from benchmarks.pages import TOPIC, Topic
from benchmarks.stage import Broken, Site, Stage
from benchmarks.worker import Worker

SAVES = 400
WARMING_UP = 20
PATIENCE_SECONDS = 30.0
NOTIFY = """
    CREATE FUNCTION notify_of_copy() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('applied', left(NEW.value, 50)); RETURN NULL; END $$;
    CREATE TRIGGER notify_of_copy AFTER UPDATE ON content_copy FOR EACH ROW EXECUTE FUNCTION notify_of_copy()
"""


def measure(stage: Stage, options: Options) -> Iterator[Measurement]:
    saves = options.size(SAVES)
    for relay in ("thread", "command"):
        seconds = sorted(_latencies(stage, relay, saves))
        for name, share, target in (("median", 0.5, 50), ("p99", 0.99, 250)):
            yield Measurement(
                name=f"commit to applied, relay as {relay}: {name}",
                value=seconds[int(len(seconds) * share)] * 1000,
                target=target,
                at_least=False,
                unit="ms",
                ours=f"{seconds[0] * 1000:.1f} to {seconds[-1] * 1000:.1f} ms",
                note=f"{len(seconds)} saves, one every 15 to 45 ms",
            )


def _latencies(stage: Stage, relay: str, saves: int) -> list[float]:
    rows = saves + WARMING_UP
    source, replica = stage.site("source", "feedsync", rows=rows), stage.site("replica", "feedsync")
    with Worker(replica) as puller:
        pull(source, puller)
    with ExitStack() as stack:
        host = stack.enter_context(processes.emulator(stage.directory))
        Topic(host)
        cloud = {"PUBSUB_EMULATOR_HOST": host, "BENCH_TOPIC": TOPIC, "BENCH_RELAY": relay}
        if relay == "command":
            stack.enter_context(processes.managed(source, "feedsync_relay", **cloud))
        stack.enter_context(processes.managed(replica, "feedsync_consume", PUBSUB_EMULATOR_HOST=host))
        writer = stack.enter_context(Worker(source, **cloud))
        _run(writer, replica, WARMING_UP, "warm ")
        return _run(writer, replica, saves, "ping ")


def _run(writer: Worker, replica: Site, count: int, prefix: str) -> list[float]:
    with replica.connect() as connection:
        connection.execute("DROP TRIGGER IF EXISTS notify_of_copy ON content_copy")
        connection.execute("DROP FUNCTION IF EXISTS notify_of_copy")
        connection.execute(NOTIFY)
        connection.execute("LISTEN applied")
        writer.begin("pinging.write", count=count, prefix=prefix)
        applied: dict[int, float] = {}
        for notification in connection.notifies(timeout=PATIENCE_SECONDS + count * 0.05):
            if notification.payload.startswith(prefix):
                applied.setdefault(int(notification.payload.removeprefix(prefix)), time.monotonic())
            if len(applied) == count:
                break
    committed = writer.end()
    if len(applied) < count:
        raise Broken(f"{count - len(applied)} of {count} saves did not arrive.")
    return [applied[number] - moment for number, moment in enumerate(committed)]
