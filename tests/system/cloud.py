"""Pub/Sub for tests with processes: our emulator in this process, or whatever PUBSUB_EMULATOR_HOST names.

In: nothing; out: a topic that is empty at first, and what was published to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from emulator import Emulator
from feedsync.wire.page import decode_page

TOPIC = "projects/test/topics/feedsync"
WITNESS = "projects/test/subscriptions/witness"
ANSWER_SECONDS = 2


class Cloud(Protocol):
    """What a test asks of it."""

    @property
    def environment(self) -> dict[str, str]:
        """What leads clients there."""
        ...

    def published(self, topic: str, /) -> Sequence[Any]:
        """The messages so far."""
        ...


def keys(cloud: Cloud) -> list[str]:
    """Of the objects whose changes were published."""
    return [change.key for message in cloud.published(TOPIC) for change in decode_page(message.data).changes]


class Elsewhere:
    """A server of somebody else: a subscription tells what was published."""

    def __init__(self, host: str) -> None:
        import grpc
        from google.pubsub_v1 import PublisherClient, SubscriberClient
        from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
        from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

        self.environment = {"PUBSUB_EMULATOR_HOST": host}
        self._received: dict[str, Any] = {}  # {message id: message}
        self._channel = grpc.insecure_channel(host)
        self._publisher = PublisherClient(transport=PublisherGrpcTransport(channel=self._channel))
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=self._channel))

    def __enter__(self) -> Elsewhere:
        self._leave_nothing()
        self._publisher.create_topic(name=TOPIC)
        self._subscriber.create_subscription(name=WITNESS, topic=TOPIC)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave_nothing()
        self._channel.close()

    def published(self, topic: str, /) -> list[Any]:
        assert topic == TOPIC
        while received := self._pull():
            self._received |= {each.message.message_id: each.message for each in received}
            self._subscriber.acknowledge(subscription=WITNESS, ack_ids=[each.ack_id for each in received])
        return list(self._received.values())

    def _pull(self) -> list[Any]:
        from google.api_core import exceptions

        try:
            answer = self._subscriber.pull(subscription=WITNESS, max_messages=1_000, timeout=ANSWER_SECONDS, retry=None)
        except exceptions.DeadlineExceeded:
            return []
        return list(answer.received_messages)

    def _leave_nothing(self) -> None:
        project = TOPIC.partition("/topics/")[0]
        for subscription in list(self._subscriber.list_subscriptions(project=project)):
            self._subscriber.delete_subscription(subscription=subscription.name)
        for topic in list(self._publisher.list_topics(project=project)):
            self._publisher.delete_topic(topic=topic.name)


@contextmanager
def ours() -> Iterator[Emulator]:
    """Our emulator, whatever is given: its outages can be staged."""
    with Emulator() as emulator:
        emulator.create_topic(TOPIC)
        yield emulator


@contextmanager
def given() -> Iterator[Cloud]:
    """What PUBSUB_EMULATOR_HOST names, else our own."""
    host = os.environ.get("PUBSUB_EMULATOR_HOST")
    with Elsewhere(host) if host else ours() as cloud:
        yield cloud
