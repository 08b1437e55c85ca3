"""A thousand subscriptions, a thousand streams, and clients that come and go."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc.aio
import pytest

from emulator import Emulator
from emulator.running import run
from emulator.wire.pubsub import MESSAGES
from tests.emulator.collecting import WAIT_SECONDS, publish_at_once, pulled, streaming
from tests.emulator.conftest import Clients, Pair

MANY = 1000


async def open_streams(channel: Any, subscriptions: list[str]) -> list[Any]:
    """One bare stream for each."""
    method = channel.stream_stream(
        "/google.pubsub.v1.Subscriber/StreamingPull",
        request_serializer=MESSAGES["StreamingPullRequest"].SerializeToString,
        response_deserializer=MESSAGES["StreamingPullResponse"].FromString,
    )
    streams = []
    for name in subscriptions:
        streams.append(method())
        await streams[-1].write(MESSAGES["StreamingPullRequest"](subscription=name, stream_ack_deadline_seconds=60))
    return streams


async def first_messages(cloud: Emulator, subscriptions: list[str], publish: Any) -> list[bytes]:
    """What the first response of each stream says, when something is published after all are open."""
    async with asyncio.timeout(60), grpc.aio.insecure_channel(cloud.host) as channel:
        streams = await open_streams(channel, subscriptions)
        while sum(len(cloud._state.subscriptions.get(name).watchers) for name in set(subscriptions)) < MANY:
            await asyncio.sleep(0.01)
        reading = [asyncio.ensure_future(stream.read()) for stream in streams]
        await publish(reading)
        responses = await asyncio.gather(*reading)
        for stream in streams:
            stream.cancel()
    return [message.message.data for response in responses for message in response.received_messages]


def test_a_thousand_subscriptions_with_a_stream_each(cloud: Emulator, names: Pair) -> None:
    """A message reaches each of them, and no stream costs a thread."""
    cloud.create_topic(names.topic)
    subscriptions = [f"{names.subscription}-{number}" for number in range(MANY)]
    for name in subscriptions:
        cloud.create_subscription(name, names.topic)
    threads = threading.active_count()

    async def publish(reading: list[Any]) -> None:
        await asyncio.to_thread(cloud.publish, names.topic, b"to all")

    assert run(first_messages(cloud, subscriptions, publish)) == [b"to all"] * MANY
    assert threading.active_count() < threads + 50


def test_a_thousand_streams_of_one_subscription(cloud: Emulator, own_pair: Pair) -> None:
    """They share what is published: each gets a message, and none is given to two."""

    async def publish(reading: list[Any]) -> None:
        published = 0
        # A stream that only now begins to wait gets one of the later messages.
        while published < MANY or not all(each.done() for each in reading):
            await asyncio.to_thread(cloud.publish, own_pair.topic, b"%d" % published)
            published += 1

    arrived = run(first_messages(cloud, [own_pair.subscription] * MANY, publish))
    assert len(arrived) == len(set(arrived)) >= MANY


class Consumers:
    """Pulls and a stream that process one subscription until all is done."""

    def __init__(self, cloud: Emulator, clients: Clients, subscription: str) -> None:
        self._cloud = cloud
        self._clients = clients
        self._subscription = subscription
        self.done: set[bytes] = set()

    def pull(self) -> None:
        """Acknowledge by unary calls."""
        while self._cloud.outstanding(self._subscription):
            received = pulled(self._clients.subscriber, self._subscription, limit=10)
            self.done.update(each.message.data for each in received)
            if received:
                ack_ids = [each.ack_id for each in received]
                self._clients.subscriber.acknowledge(subscription=self._subscription, ack_ids=ack_ids)

    def receive(self, message: Any) -> None:
        """The callback of the stream."""
        self.done.add(message.data)
        message.ack()


def test_many_clients_at_once(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """Publishers, pulls and a stream on one subscription: everything is processed, nothing lost."""
    requests = [[b"%d-%d" % (request, number) for number in range(20)] for request in range(40)]
    consumers = Consumers(cloud, own, own_pair.subscription)
    stream = own.subscriber.subscribe(own_pair.subscription, callback=consumers.receive)
    with ThreadPoolExecutor() as pool:
        for answer in [pool.submit(publish_at_once, own.publisher, own_pair.topic, data) for data in requests]:
            answer.result(timeout=WAIT_SECONDS)
        for pull in [pool.submit(consumers.pull) for _ in range(2)]:
            pull.result(timeout=3 * WAIT_SECONDS)
    cloud.drain(own_pair.subscription)
    stream.cancel()
    stream.result(timeout=WAIT_SECONDS)
    assert consumers.done == {data for request in requests for data in request}


@contextmanager
def victim(host: str, subscription: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that takes messages, says so and never answers."""
    code = (
        "import sys, time\n"
        "from google.cloud import pubsub_v1\n"
        "client = pubsub_v1.SubscriberClient()\n"
        "client.subscribe(sys.argv[1], callback=lambda message: print(message.data.decode(), flush=True))\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, subscription],
        env={"PUBSUB_EMULATOR_HOST": host, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("exactly_once", [False, True])
def test_a_killed_client_loses_nothing(cloud: Emulator, own: Clients, names: Pair, exactly_once: bool) -> None:
    """What it held comes again: at once, or with exactly-once delivery when its lease ends."""
    cloud.create_topic(names.topic)
    cloud.create_subscription(names.subscription, names.topic, enable_exactly_once_delivery=exactly_once)
    cloud.publish(names.topic, b"held")
    with victim(cloud.host, names.subscription) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
    if exactly_once:
        assert pulled(own.subscriber, names.subscription) == []
        cloud.advance(600)
    with streaming(own.subscriber, names.subscription) as stream:
        assert stream.acknowledge(1) == [b"held"]
    cloud.drain(names.subscription)
