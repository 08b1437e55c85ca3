"""Pages that a relay wrote to a file, and how they get to a topic of the emulator."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

TOPIC = "projects/bench/topics/feedsync-source"
SUBSCRIPTION = "projects/bench/subscriptions/feedsync-replica-from-source"
PAGES_IN_REQUEST = 40


def read(path: str | Path) -> Iterator[dict[str, Any]]:
    """{"attributes", "data"} of each page."""
    with Path(path).open() as lines:
        for line in lines:
            page = json.loads(line)
            yield {"attributes": page["attributes"], "data": base64.b64decode(page["data"])}


class Topic:
    """The source's topic and the replica's subscription, in an emulator."""

    def __init__(self, host: str) -> None:
        import grpc
        from google.pubsub_v1 import PublisherClient, SubscriberClient
        from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
        from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

        channel = grpc.insecure_channel(host)
        self._publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        self._publisher.create_topic(name=TOPIC)
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        subscriber.create_subscription(request={"name": SUBSCRIPTION, "topic": TOPIC, "ack_deadline_seconds": 60})

    def publish(self, pages: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(pages), PAGES_IN_REQUEST):
            self._publisher.publish(request={"topic": TOPIC, "messages": pages[start : start + PAGES_IN_REQUEST]})
