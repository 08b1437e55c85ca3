"""The subscription that brings a source's changes, made before the first export request (R27).

In: the source's name and topic. Out: the subscription's full name, or in plain words why there is none; a pull goes on
either way. `PubSubSubscriptions` asks Google or the emulator, `MemorySubscriptions` is its twin for tests.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Protocol

from feedsync.conf import settings

RETENTION_SECONDS = 31 * 24 * 3600
ACK_SECONDS = 60
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensured:
    """`name` of the subscription; else `problem`, a sentence."""

    name: str = ""
    problem: str = ""


class Subscriptions(Protocol):
    """`ensure` is idempotent and never raises for what the cloud refuses."""

    def ensure(self, source: str, topic: str) -> Ensured: ...


class MemorySubscriptions:
    """Remembers what was asked for; `problem` makes it refuse."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.made: list[tuple[str, str]] = []  # (source, topic)

    def ensure(self, source: str, topic: str) -> Ensured:
        self.made.append((source, topic))
        return Ensured(problem=self.problem) if self.problem else Ensured(name=full_name(source, topic))


class PubSubSubscriptions:
    """At Google, or at PUBSUB_EMULATOR_HOST."""

    def ensure(self, source: str, topic: str) -> Ensured:
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError

        name = full_name(source, topic)
        try:
            with _client() as client:
                client.create_subscription(request=wanted(name, topic), timeout=TIMEOUT_SECONDS, retry=None)
        except exceptions.AlreadyExists:
            return Ensured(name=name)
        except exceptions.NotFound:
            return Ensured(problem=f"The topic {topic} does not exist yet: run feedsync_setup at {source}.")
        except exceptions.PermissionDenied:
            return Ensured(
                problem=f"We may not subscribe: grant roles/pubsub.subscriber on {topic} and pubsub.editor here."
            )
        except (exceptions.GoogleAPIError, GoogleAuthError, ValueError) as error:
            return Ensured(problem=f"Pub/Sub could not be asked for {name}: {error}")
        return Ensured(name=name)


def full_name(source: str, topic: str) -> str:
    """In our project; where none is set, in the topic's."""
    project = settings().google_cloud_project or topic.split("/")[1]
    return f"projects/{project}/subscriptions/feedsync-{settings().environment}-from-{source}"


def _client() -> Any:
    from google.pubsub_v1 import SubscriberClient
    from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

    host = os.environ.get("PUBSUB_EMULATOR_HOST")
    if not host:
        return SubscriberClient()
    import grpc

    return SubscriberClient(transport=SubscriberGrpcTransport(channel=grpc.insecure_channel(host)))


def wanted(name: str, topic: str) -> dict[str, Any]:
    """A subscription as it should be."""
    return {
        "name": name,
        "topic": topic,
        "ack_deadline_seconds": ACK_SECONDS,
        "message_retention_duration": {"seconds": RETENTION_SECONDS},
        "expiration_policy": {},  # without a time to live: never
        "retry_policy": {"minimum_backoff": {"seconds": 1}, "maximum_backoff": {"seconds": 60}},
    }
