"""What topics, subscriptions and snapshots look like on the wire.

A resource as the client sent it goes in; out come the resource with the cloud's defaults filled in, and the settings
that the state acts on.
"""

from __future__ import annotations

from typing import Any

from emulator.pubsub import push
from emulator.pubsub.limits import check_labels, check_retention, check_subscription, seconds
from emulator.pubsub.rules import DeliveryRules
from emulator.pubsub.snapshots import Snapshot
from emulator.pubsub.subscriptions import Settings, Subscription
from emulator.transforms.delivering import transform
from emulator.wire.pubsub import MESSAGES

ACTIVE = 1
_DAY = 86_400


def new_topic(sent: Any) -> Any:
    """The topic as it will be shown."""
    shown = _copy("Topic", sent)
    shown.state = ACTIVE
    shown.ClearField("tags")  # tags are only ever sent
    check_labels(shown.labels)
    if shown.HasField("message_retention_duration"):
        check_retention(shown.message_retention_duration)
    return shown


def topic_retention(shown: Any) -> float | None:
    """Seconds for which the topic itself keeps its messages."""
    return seconds(shown.message_retention_duration) if shown.HasField("message_retention_duration") else None


def new_subscription(sent: Any) -> Any:
    """The subscription as it will be shown."""
    shown = _copy("Subscription", sent)
    for field in ("tags", "detached", "topic_message_retention_duration"):  # sent only, or shown only
        shown.ClearField(field)
    shown.state = ACTIVE
    shown.ack_deadline_seconds = shown.ack_deadline_seconds or 10
    shown.push_config.SetInParent()
    if not shown.HasField("message_retention_duration"):
        shown.message_retention_duration.seconds = 7 * _DAY
    if not shown.HasField("expiration_policy"):
        shown.expiration_policy.ttl.seconds = 31 * _DAY
    if shown.HasField("dead_letter_policy"):
        shown.dead_letter_policy.max_delivery_attempts = shown.dead_letter_policy.max_delivery_attempts or 5
    if shown.HasField("retry_policy"):
        _fill_backoff(shown.retry_policy)
    check_subscription(shown)
    return shown


def settings(shown: Any, *, history: bool) -> Settings:
    """The settings behind a shown subscription."""
    backoff = None
    if shown.HasField("retry_policy"):
        policy = shown.retry_policy
        backoff = (seconds(policy.minimum_backoff), seconds(policy.maximum_backoff))
    dead_letters = shown.HasField("dead_letter_policy")
    rules = DeliveryRules(
        ordered=shown.enable_message_ordering,
        exactly_once=shown.enable_exactly_once_delivery,
        ack_seconds=shown.ack_deadline_seconds,
        retention_seconds=seconds(shown.message_retention_duration),
        backoff_seconds=backoff,
        max_attempts=shown.dead_letter_policy.max_delivery_attempts if dead_letters else None,
        retain_acknowledged=shown.retain_acked_messages,
        keep_acknowledged=history,
    )
    elsewhere = ("bigquery_config", "cloud_storage_config", "bigtable_config")
    idle = shown.expiration_policy
    return Settings(
        rules=rules,
        filter=shown.filter,
        dead_letter_topic=shown.dead_letter_policy.dead_letter_topic,
        push=push.target(shown.push_config),
        pulled=not shown.push_config.push_endpoint and not any(shown.HasField(name) for name in elsewhere),
        idle_seconds=seconds(idle.ttl) if idle.HasField("ttl") else None,
        transform=transform(shown.message_transforms),
    )


def shown_subscription(subscription: Subscription) -> Any:
    """The subscription as it is now: its topic may have changed or gone."""
    shown = subscription.shown
    shown.name = subscription.name
    shown.topic = subscription.topic
    shown.detached = subscription.detached
    shown.ClearField("topic_message_retention_duration")
    source = subscription.source
    if not source.deleted and not subscription.detached and source.shown.HasField("message_retention_duration"):
        shown.topic_message_retention_duration.CopyFrom(source.shown.message_retention_duration)
    return shown


def new_snapshot(sent: Any) -> Any:
    """The snapshot as it will be shown, so far."""
    check_labels(sent.labels)
    return MESSAGES["Snapshot"](labels=sent.labels)


def shown_snapshot(snapshot: Snapshot) -> Any:
    """The snapshot as it is now."""
    shown = snapshot.shown
    shown.name = snapshot.name
    shown.topic = snapshot.source.shown_name
    shown.expire_time.FromNanoseconds(int(snapshot.expires * 1e6) * 1000)
    return shown


def _copy(kind: str, sent: Any) -> Any:
    return MESSAGES[kind].FromString(sent.SerializeToString())


def _fill_backoff(policy: Any) -> None:
    if not policy.HasField("minimum_backoff"):
        policy.minimum_backoff.seconds = 10
    if not policy.HasField("maximum_backoff"):
        policy.maximum_backoff.seconds = 600
