"""Messages through a server with the official Python client: rates and delays."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.processes import PATIENCE_SECONDS
from benchmarks.stage import Broken

PROJECT = "projects/bench"
BODY = b"x" * 1024


class Traffic:
    """Clients of one server, with a topic and a subscription."""

    def __init__(self, host: str, publisher: Any, subscriber: Any) -> None:
        self.host = host
        self._publisher = publisher
        self._subscriber = subscriber
        self._pairs = itertools.count(1)
        self.renew()

    def renew(self) -> None:
        """Go on with another topic and subscription, so that nothing is left of what was."""
        number = next(self._pairs)
        self.topic, self.subscription = f"{PROJECT}/topics/bench{number}", f"{PROJECT}/subscriptions/bench{number}"
        self._publisher.create_topic(name=self.topic)
        self._subscriber.create_subscription(name=self.subscription, topic=self.topic, ack_deadline_seconds=600)

    def publish(self, count: int) -> float:
        """Messages a second until all are confirmed."""
        started = time.perf_counter()
        for future in [self._publisher.publish(self.topic, BODY) for _ in range(count)]:
            future.result(PATIENCE_SECONDS)
        return count / (time.perf_counter() - started)

    def receive(self, count: int) -> float:
        """Messages a second from opening a stream until so many were called back."""
        numbers, done = itertools.count(1), threading.Event()  # callbacks run on several threads; counting is atomic

        def callback(message: Any) -> None:
            message.ack()
            if next(numbers) == count:
                done.set()

        started = time.perf_counter()
        with self._streaming(callback):
            if not done.wait(PATIENCE_SECONDS):
                raise Broken(f"{next(numbers) - 1} of {count} messages arrived.")
            return count / (time.perf_counter() - started)

    def unary(self, count: int) -> list[float]:
        """Seconds of publish calls of one message each, sorted; the messages are taken away afterwards."""
        from google.pubsub_v1.types import PubsubMessage

        seconds = []
        for _ in range(count):
            started = time.perf_counter()
            self._publisher.api.publish(topic=self.topic, messages=[PubsubMessage(data=BODY)])
            seconds.append(time.perf_counter() - started)
        self.receive(count)
        return sorted(seconds)

    def callbacks(self, count: int) -> list[float]:
        """Seconds from a publish call of one message until its callback, sorted."""
        from google.pubsub_v1.types import PubsubMessage

        arrived, seconds = threading.Event(), []

        def callback(message: Any) -> None:
            message.ack()
            seconds.append(time.perf_counter() - float(message.attributes["sent"]))
            arrived.set()

        with self._streaming(callback):
            for _ in range(count):
                arrived.clear()
                message = PubsubMessage(data=BODY, attributes={"sent": repr(time.perf_counter())})
                self._publisher.api.publish(topic=self.topic, messages=[message])
                if not arrived.wait(PATIENCE_SECONDS):
                    raise Broken("A message did not arrive.")
        return sorted(seconds)

    @contextmanager
    def _streaming(self, callback: Any) -> Iterator[None]:
        future = self._subscriber.subscribe(self.subscription, callback=callback)
        try:
            yield
        finally:
            future.cancel()
            future.result(PATIENCE_SECONDS)


@contextmanager
def traffic(host: str) -> Iterator[Traffic]:
    """Official clients of the server at the address."""
    os.environ["PUBSUB_EMULATOR_HOST"] = host
    from google.cloud import pubsub_v1

    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    del os.environ["PUBSUB_EMULATOR_HOST"]
    try:
        yield Traffic(host, publisher, subscriber)
    finally:
        publisher.stop()
        publisher.transport.close()
        subscriber.close()
