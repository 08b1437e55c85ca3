"""Where Pub/Sub puts messages aside: a topic, and the subscription that keeps them until somebody brings them back.

Both are made whether a dead-letter policy is attached or not (DEAD_LETTER_ATTEMPTS), so that it may be later.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from feedsync.conf import settings
from feedsync.provisioning import topics
from feedsync.provisioning.findings import TIMEOUT_SECONDS, Finding, Result, guarded, member
from feedsync.transport import clients
from feedsync.transport.names import subscription_path, topic_path

DEAD = "-dead"
AGENT = "--member=serviceAccount:service-PROJECT_NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com"
KEEPS = "--message-retention-duration=31d --expiration-period=never --ack-deadline=60"


def topic_name() -> str:
    return (settings().topic or f"feedsync-{settings().environment}") + DEAD


def subscription_name() -> str:
    """Full."""
    return subscription_path(f"feedsync-{settings().environment}{DEAD}")


def policy() -> dict[str, Any]:
    """The part of a subscription that puts messages aside; empty where none is wanted."""
    attempts = settings().dead_letter_attempts
    if not attempts:
        return {}
    aside = {"dead_letter_topic": topic_path(topic_name()), "max_delivery_attempts": attempts}
    return {"dead_letter_policy": aside}


def topic(check: bool) -> Finding:
    return topics.topic(topic_name(), check, partial(_topic_commands))


def subscription(check: bool) -> Finding:
    what = f"Subscription feedsync-{settings().environment}{DEAD}"
    return guarded(what, partial(_subscription, check), _subscription_commands)


def _subscription(check: bool) -> Finding:
    from google.api_core import exceptions

    name = subscription_name()
    client = clients.subscriber()
    try:
        client.get_subscription(subscription=name, timeout=TIMEOUT_SECONDS, retry=None)
    except exceptions.NotFound:
        if check:
            commands = _subscription_commands()
            return Finding(what=f"Subscription {name}", result=Result.MISSING, commands=commands)
    else:
        return Finding(what=f"Subscription {name}", result=Result.PRESENT)
    request = {
        "name": name,
        "topic": topic_path(topic_name()),
        "ack_deadline_seconds": 60,
        "message_retention_duration": {"seconds": 31 * 24 * 3600},
        "expiration_policy": {},
    }
    client.create_subscription(request=request, timeout=TIMEOUT_SECONDS, retry=None)
    return Finding(what=f"Subscription {name}", result=Result.CREATED)


def _topic_commands() -> tuple[str, ...]:
    """Pub/Sub itself publishes there."""
    path = topic_path(topic_name())
    return (
        f"gcloud pubsub topics create {path}",
        f"gcloud pubsub topics add-iam-policy-binding {path} --role=roles/pubsub.publisher {AGENT}",
    )


def _subscription_commands() -> tuple[str, ...]:
    name = subscription_name()
    return (
        f"gcloud pubsub subscriptions create {name} --topic={topic_path(topic_name())} {KEEPS}",
        f"gcloud pubsub subscriptions add-iam-policy-binding {name} --role=roles/pubsub.subscriber {member()}",
    )
