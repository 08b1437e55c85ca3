"""The subscription that brings a source's changes, made before the first export request (R27).

In: the source's name and topic. Out: the subscription's full name, or in plain words why there is none; a pull goes on
either way. `PubSubSubscriptions` asks Google or the emulator, `MemorySubscriptions` is its twin for tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from feedsync.conf import settings
from feedsync.errors import ConfigurationError, TransientError
from feedsync.tasks.addresses import push_url
from feedsync.transport import clients

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

    def ensure(self, source: str, topic: str, *, push: bool = False) -> Ensured: ...


class MemorySubscriptions:
    """Remembers what was asked for; `problem` makes it refuse."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.made: list[tuple[str, str]] = []  # (source, topic)

    def ensure(self, source: str, topic: str, *, push: bool = False) -> Ensured:
        self.made.append((source, topic))
        return Ensured(problem=self.problem) if self.problem else Ensured(name=full_name(source, topic))


class PubSubSubscriptions:
    """At Google, or at PUBSUB_EMULATOR_HOST."""

    def ensure(self, source: str, topic: str, *, push: bool = False) -> Ensured:
        from google.api_core import exceptions

        try:
            return self._ensure(wanted(full_name(source, topic), topic, push=push))
        except exceptions.NotFound:
            return Ensured(problem=f"The topic {topic} does not exist yet: run feedsync_setup at {source}.")
        except exceptions.PermissionDenied:
            return Ensured(
                problem=f"We may not subscribe: grant roles/pubsub.subscriber on {topic} and pubsub.editor here."
            )
        except (exceptions.GoogleAPIError, TransientError, ConfigurationError, ValueError) as error:
            return Ensured(problem=f"Pub/Sub could not be asked for a subscription to {topic}: {error}")

    def _ensure(self, request: Mapping[str, Any]) -> Ensured:
        from google.api_core import exceptions

        client = clients.subscriber()
        name, topic = request["name"], request["topic"]
        try:
            client.create_subscription(request=request, timeout=TIMEOUT_SECONDS, retry=None)
        except exceptions.AlreadyExists:
            found = client.get_subscription(subscription=name, timeout=TIMEOUT_SECONDS, retry=None)
            if found.topic != topic:
                return Ensured(problem=f"{name} is attached to {found.topic}: delete it, then pull again.")
        return Ensured(name=name)


def full_name(source: str, topic: str) -> str:
    """In our project; where none is set, in the topic's."""
    kinds = topic.split("/")
    if len(kinds) != 4 or kinds[0] != "projects" or kinds[2] != "topics":
        raise ValueError(f"{topic} is no full name of a topic")
    project = settings().google_cloud_project or kinds[1]
    return f"projects/{project}/subscriptions/feedsync-{settings().environment}-from-{source}"


def wanted(name: str, topic: str, *, push: bool) -> dict[str, Any]:
    """A subscription as it should be; raises ConfigurationError where Pub/Sub could not push to us."""
    return {
        "name": name,
        "topic": topic,
        "ack_deadline_seconds": ACK_SECONDS,
        "message_retention_duration": {"seconds": RETENTION_SECONDS},
        "expiration_policy": {},  # without a time to live: never
        "retry_policy": {"minimum_backoff": {"seconds": 1}, "maximum_backoff": {"seconds": 60}},
        "push_config": _push() if push else {},
    }


def _push() -> dict[str, Any]:
    account = settings().service_account_email
    if not account:
        raise ConfigurationError("FEEDSYNC['SERVICE_ACCOUNT_EMAIL'] is empty: Pub/Sub could not prove what it pushes.")
    url = push_url("feedsync_consumers:push")
    return {"push_endpoint": url, "oidc_token": {"service_account_email": account, "audience": url}}
