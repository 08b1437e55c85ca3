"""Cloud Tasks with the official client over gRPC, and a real target."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from emulator import Emulator
from tests.emulator.target import Target

LOCATION = "projects/p/locations/europe-west1"


@pytest.fixture
def target() -> Iterator[Target]:
    """Where tasks go."""
    with Target() as server:
        yield server


@pytest.fixture
def client(cloud: Emulator) -> Iterator[Any]:
    """The official client."""
    from google.cloud import tasks_v2
    from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

    with (
        grpc.insecure_channel(cloud.host) as channel,
        tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel)) as made,
    ):
        yield made


@pytest.fixture
def queue(client: Any) -> str:
    """A queue with default settings."""
    name = f"{LOCATION}/queues/q-{uuid.uuid4().hex}"
    return str(client.create_queue(parent=LOCATION, queue={"name": name}).name)
