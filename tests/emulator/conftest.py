"""A server and official clients.

With PUBSUB_EMULATOR_HOST set, the standard behaviour is tested on whatever is there.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from emulator import Emulator


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Official clients of one server."""

    publisher: Any
    subscriber: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Names that nobody else uses."""

    project: str
    topic: str
    subscription: str


def connected(host: str) -> Iterator[Clients]:
    """Official clients of the server at the address, closed afterwards."""
    from google.cloud import pubsub_v1

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", host)
        options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
        publisher = pubsub_v1.PublisherClient(publisher_options=options)
        clients = Clients(publisher=publisher, subscriber=pubsub_v1.SubscriberClient())
    yield clients
    clients.publisher.stop()
    clients.publisher.transport.close()
    clients.subscriber.close()


@pytest.fixture(scope="session")
def standard_host() -> Iterator[str]:
    """The address of the server whose standard behaviour is tested."""
    given = os.environ.get("PUBSUB_EMULATOR_HOST")
    if given:
        yield given
        return
    with Emulator() as cloud:
        yield cloud.host


@pytest.fixture(scope="session")
def clients(standard_host: str) -> Iterator[Clients]:
    """Official clients of the tested server."""
    yield from connected(standard_host)


@pytest.fixture
def names() -> Pair:
    """Names of a topic and a subscription that do not exist yet."""
    unique = uuid.uuid4().hex
    project = f"projects/p-{unique[:8]}"
    return Pair(
        project=project,
        topic=f"{project}/topics/t-{unique}",
        subscription=f"{project}/subscriptions/s-{unique}",
    )


@pytest.fixture
def pair(clients: Clients, names: Pair) -> Pair:
    """A topic with a subscription on the tested server."""
    clients.publisher.create_topic(name=names.topic)
    clients.subscriber.create_subscription(name=names.subscription, topic=names.topic)
    return names


@pytest.fixture
def cloud() -> Iterator[Emulator]:
    """An emulator of this test's own, for faults and inspection."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def own(cloud: Emulator) -> Iterator[Clients]:
    """Official clients of this test's own emulator."""
    yield from connected(cloud.host)


@pytest.fixture
def own_pair(cloud: Emulator, names: Pair) -> Pair:
    """A topic with a subscription on this test's own emulator."""
    cloud.create_topic(names.topic)
    cloud.create_subscription(names.subscription, names.topic)
    return names
