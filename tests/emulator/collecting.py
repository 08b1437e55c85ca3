"""Short ways to publish and to receive: whole requests, and a streaming pull whose messages a test takes one by one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from google.api_core import exceptions, retry
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.types import PubsubMessage, StreamingPullRequest

WAIT_SECONDS = 10
PULL_SECONDS = 5
PATIENT = retry.Retry(
    predicate=retry.if_exception_type(exceptions.ServiceUnavailable), initial=0.05, maximum=0.2, timeout=WAIT_SECONDS
)


class Collector:
    """What arrived on a stream."""

    def __init__(self) -> None:
        self._arrived: queue.Queue[Any] = queue.Queue()
        self.future: Any = None

    def receive(self, message: Any) -> None:
        """The callback of the stream."""
        self._arrived.put(message)

    def next(self) -> Any:
        """The next message; it is up to the test to acknowledge it."""
        return self._arrived.get(timeout=WAIT_SECONDS)

    def receive_into(self, other: Collector) -> None:
        """Let another collector have what arrives here."""
        self._arrived = other._arrived

    def acknowledge(self, count: int) -> list[bytes]:
        """Acknowledge the next messages and return what they said."""
        said = []
        for _ in range(count):
            message = self.next()
            said.append(message.data)
            message.ack()
        return said

    @property
    def empty(self) -> bool:
        """Whether nothing more arrived so far."""
        return self._arrived.empty()


@contextmanager
def streaming(subscriber: Any, subscription: str, **options: Any) -> Iterator[Collector]:
    """Open a stream for the block."""
    collector = Collector()
    collector.future = subscriber.subscribe(subscription, callback=collector.receive, **options)
    try:
        yield collector
    finally:
        collector.future.cancel()
        if not collector.future.done() or collector.future.exception() is None:
            collector.future.result(timeout=WAIT_SECONDS)


def pulled(subscriber: Any, subscription: str, *, limit: int = 1000) -> list[Any]:
    """The answer to one unary pull; elsewhere an empty one lasts longer than here."""
    try:
        answer = subscriber.pull(subscription=subscription, max_messages=limit, timeout=PULL_SECONDS, retry=None)
    except exceptions.DeadlineExceeded:
        return []
    return list(answer.received_messages)


def publish_at_once(publisher: Any, topic: str, data: Sequence[bytes], *, ordering_key: str = "") -> list[str]:
    """Publish in a single request, past the client's batching and its own checks."""
    messages = [PubsubMessage(data=each, ordering_key=ordering_key) for each in data]
    return list(PublisherClient.publish(publisher, topic=topic, messages=messages).message_ids)


@contextmanager
def bare_stream(subscriber: Any, subscription: str) -> Iterator[Iterator[Any]]:
    """The responses of a stream that nothing reopens: the client's own one takes ten seconds to give an outage up."""
    left = threading.Event()

    def requests() -> Iterator[Any]:
        yield {"subscription": subscription, "stream_ack_deadline_seconds": 60}
        left.wait()

    responses = subscriber.streaming_pull(requests=map(StreamingPullRequest, requests()))
    try:
        yield responses
    finally:
        left.set()
        responses.cancel()
