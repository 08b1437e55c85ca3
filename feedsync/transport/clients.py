"""Google's synchronous clients for Pub/Sub and Cloud Tasks: built on first use, once a process, and again after a fork.

Not the high-level clients, which have threads of their own. They find PUBSUB_EMULATOR_HOST as the official ones do, and
CLOUD_TASKS_EMULATOR_HOST, which is ours. A client whose credentials can't be found raises TransientError: they may be
there at the next attempt.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from feedsync.errors import TransientError

EMULATOR = "PUBSUB_EMULATOR_HOST"
TASKS_EMULATOR = "CLOUD_TASKS_EMULATOR_HOST"
# An emulator comes and goes: look for it again soon.
OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
]
Key = tuple[str, int, str]

_clients: dict[Key, Any] = {}  # {(kind, process, emulator's address): client}


def publisher() -> Any:
    """A `google.pubsub_v1.PublisherClient`."""

    def build(host: str) -> Any:
        from google.pubsub_v1.services.publisher import PublisherClient
        from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

        return PublisherClient(transport=PublisherGrpcTransport(channel=_channel(host))) if host else PublisherClient()

    return _once("publisher", build)


def subscriber() -> Any:
    """A `google.pubsub_v1.SubscriberClient`."""

    def build(host: str) -> Any:
        from google.pubsub_v1.services.subscriber import SubscriberClient
        from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

        return (
            SubscriberClient(transport=SubscriberGrpcTransport(channel=_channel(host))) if host else SubscriberClient()
        )

    return _once("subscriber", build)


def tasks() -> Any:
    """A `google.cloud.tasks_v2.CloudTasksClient`."""

    def build(host: str) -> Any:
        from google.cloud.tasks_v2 import CloudTasksClient
        from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

        return (
            CloudTasksClient(transport=CloudTasksGrpcTransport(channel=_channel(host))) if host else CloudTasksClient()
        )

    return _once("tasks", build, TASKS_EMULATOR)


def _once(kind: str, build: Callable[[str], Any], emulator: str = EMULATOR) -> Any:
    key = (kind, os.getpid(), os.environ.get(emulator, ""))
    if key not in _clients:
        # What a parent process built is of no use here, and closing it would disturb the parent.
        _clients[key] = _built(build, key[2], emulator)
    return _clients[key]


def _built(build: Callable[[str], Any], host: str, emulator: str) -> Any:
    from google.auth.exceptions import GoogleAuthError

    try:
        return build(host)
    except GoogleAuthError as error:
        hint = f"With an emulator, set {emulator} to its host:port."
        raise TransientError(f"Google Cloud credentials can't be used: {error} {hint}") from error


def _channel(host: str) -> Any:
    import grpc

    return grpc.insecure_channel(host, options=OPTIONS)
