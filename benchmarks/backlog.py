"""A large backlog of the emulator: published, held, drained and acknowledged with plain unary calls of 1,000 small
messages; and many subscriptions and streams at a time. The rate must not fall with the size, and memory comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc

from benchmarks import servers
from benchmarks.measurement import Measurement, Options
from benchmarks.processes import wait
from benchmarks.stage import Broken, Stage
from emulator.wire.pubsub import MESSAGES
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER

SIZES = (10_000, 100_000, 1_000_000)
LEAST = 100_000  # a small backlog is filled and drained until so many went through
AT_ONCE = 1_000
MANY = 1_000
SETTLING_SECONDS = 1.0
TOPIC = "projects/bench/topics/backlog"
SUBSCRIPTION = "projects/bench/subscriptions/backlog"
BODY = b"x" * 32


class Caller:
    """Unary calls and streams without a client library in the way."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self._methods = {
            name: (f"/{interface.name}/{name}", method)
            for interface in (PUBLISHER, SUBSCRIBER)
            for name, method in interface.methods.items()
        }

    def __call__(self, called: str, /, **fields: Any) -> Any:
        path, method = self._methods[called]
        call = self._channel.unary_unary(
            path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        return call(method.request(**fields), timeout=60)

    def stream(self, subscription: str, stop: Any) -> Any:
        """The responses of an open stream."""
        path, method = self._methods["StreamingPull"]
        call = self._channel.stream_stream(
            path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )

        def requests() -> Iterator[Any]:
            yield method.request(subscription=subscription, stream_ack_deadline_seconds=60)
            stop.wait()

        return call(requests())


def measure(stage: Stage, options: Options) -> Iterator[Measurement]:
    rounds = []
    for size in map(options.size, SIZES):
        with servers.emulator(stage.directory) as server, grpc.insecure_channel(server.host) as channel:
            rounds.append(_filled_and_drained(server, Caller(channel), size))
    yield from map(_memory, rounds)
    yield _kept_up("published", {each.size: each.published for each in rounds})
    yield _kept_up("drained", {each.size: each.drained for each in rounds})
    with servers.emulator(stage.directory) as server, grpc.insecure_channel(server.host) as channel:
        yield _many(server, Caller(channel), options.size(MANY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One size of backlog: messages a second, and the server's MiB before, with, and after it."""

    size: int
    published: float
    drained: float
    memory: tuple[float, float, float]


def _filled_and_drained(server: servers.Server, call: Caller, size: int) -> Round:
    call("CreateTopic", name=TOPIC)
    call("CreateSubscription", name=SUBSCRIPTION, topic=TOPIC, ack_deadline_seconds=600)
    empty = server.mebibytes
    publishing = draining = 0.0
    times = max(1, LEAST // size)
    for _ in range(times):
        publishing += _seconds(lambda: _fill(call, size))
        held = server.mebibytes
        draining += _seconds(lambda: _drain(call, size))
    time.sleep(SETTLING_SECONDS)
    memory = (empty, held, server.mebibytes)
    return Round(size=size, published=size * times / publishing, drained=size * times / draining, memory=memory)


def _fill(call: Caller, size: int) -> None:
    for _ in range(size // AT_ONCE):
        call("Publish", topic=TOPIC, messages=[MESSAGES["PubsubMessage"](data=BODY)] * AT_ONCE)


def _drain(call: Caller, size: int) -> None:
    left = size
    while left:
        found = call("Pull", subscription=SUBSCRIPTION, max_messages=AT_ONCE).received_messages
        call("Acknowledge", subscription=SUBSCRIPTION, ack_ids=[each.ack_id for each in found])
        left -= len(found)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _memory(measured: Round) -> Measurement:
    empty, held, left = measured.memory
    return Measurement(
        name=f"memory after {measured.size:,} messages, above the empty server",
        value=left - empty,
        target=max(10, (held - empty) * 0.2),
        at_least=False,
        unit="MiB",
        ours=f"{empty:.0f} MiB empty, {held:.0f} full, {left:.0f} afterwards",
        note=f"{(held - empty) * 1024 * 1024 / measured.size:,.0f} bytes a message while held",
    )


def _kept_up(name: str, rates: dict[int, float]) -> Measurement:
    few, many = min(rates), max(rates)
    return Measurement(
        name=f"backlog {name}: rate at {many:,} / at {few:,}",
        value=rates[many] / rates[few],
        target=0.8,
        at_least=True,
        ours=f"{rates[many]:,.0f} messages/s",
        beside=f"{rates[few]:,.0f} messages/s",
        note=", ".join(f"{size:,}: {rate:,.0f}" for size, rate in rates.items()),
    )


def _many(server: servers.Server, call: Caller, count: int) -> Measurement:
    call("CreateTopic", name=TOPIC)
    names = [f"{SUBSCRIPTION}-{number}" for number in range(count)]
    started = time.perf_counter()
    for name in names:
        call("CreateSubscription", name=name, topic=TOPIC)
    created = (time.perf_counter() - started) / count * 1000
    seconds, held = _to_streams(server, call, names)
    return Measurement(
        name=f"one message to {count:,} open streams",
        value=seconds,
        target=2,
        at_least=False,
        unit="s",
        ours=f"{held:.0f} MiB with all of them, {created:.1f} ms to create a subscription",
        note="one subscription a stream",
    )


def _to_streams(server: servers.Server, call: Caller, names: list[str]) -> tuple[float, float]:
    """Seconds until a message has come out of a stream of each subscription, and the server's MiB then."""
    stop = threading.Event()
    arrived: list[int] = []

    def wait_for_one(stream: Any) -> None:
        arrived.append(len(next(stream).received_messages))

    with ThreadPoolExecutor(len(names)) as pool:
        streams = [call.stream(name, stop) for name in names]
        waiting = [pool.submit(wait_for_one, stream) for stream in streams]
        time.sleep(SETTLING_SECONDS)
        started = time.perf_counter()
        call("Publish", topic=TOPIC, messages=[MESSAGES["PubsubMessage"](data=BODY)])
        wait(lambda: len(arrived) == len(names))
        seconds, held = time.perf_counter() - started, server.mebibytes
        stop.set()
        for stream in streams:
            stream.cancel()
    if any(each.exception() for each in waiting):
        raise Broken("A stream failed.")
    return seconds, held
