"""What topics and subscriptions look like on the wire.

A resource as the client sent it goes in; out come the resource with the cloud's defaults filled in, and the settings
that the state acts on. Updates follow a field mask.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import field_mask_pb2

from emulator.errors import InvalidArgument
from emulator.pubsub.rules import DeliveryRules
from emulator.pubsub.subscriptions import Settings
from emulator.wire.pubsub import MESSAGES

ACTIVE = 1
_DAY = 86_400
_MINUTE = 60
_IMMUTABLE = ("name", "topic", "filter", "enable_message_ordering")


def new_topic(sent: Any) -> Any:
    """The topic as it will be shown."""
    shown = MESSAGES["Topic"].FromString(sent.SerializeToString())
    shown.state = ACTIVE
    return shown


def new_subscription(sent: Any) -> Any:
    """The subscription as it will be shown."""
    shown = MESSAGES["Subscription"].FromString(sent.SerializeToString())
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
    return shown


def settings(shown: Any, *, history: bool) -> Settings:
    """The settings behind a shown subscription, or InvalidArgument with the rule that they break."""
    _check(shown)
    backoff = None
    if shown.HasField("retry_policy"):
        policy = shown.retry_policy
        backoff = (_seconds(policy.minimum_backoff), _seconds(policy.maximum_backoff))
    dead_letters = shown.HasField("dead_letter_policy")
    rules = DeliveryRules(
        ordered=shown.enable_message_ordering,
        exactly_once=shown.enable_exactly_once_delivery,
        ack_seconds=shown.ack_deadline_seconds,
        retention_seconds=_seconds(shown.message_retention_duration),
        backoff_seconds=backoff,
        max_attempts=shown.dead_letter_policy.max_delivery_attempts if dead_letters else None,
        retain_acknowledged=shown.retain_acked_messages,
        keep_acknowledged=history,
    )
    return Settings(rules=rules, filter=shown.filter, dead_letter_topic=shown.dead_letter_policy.dead_letter_topic)


def updated(shown: Any, sent: Any, mask: Any) -> Any:
    """A copy of the shown resource with the masked fields as sent."""
    paths = list(mask.paths)
    if not paths:
        raise InvalidArgument("The update mask must name at least one field.")
    # The mask of the default pool has the merge logic; it works on messages of any pool.
    fields = field_mask_pb2.FieldMask(paths=paths)
    if not fields.IsValidForDescriptor(shown.DESCRIPTOR):
        raise InvalidArgument(f"The update mask {paths} names a field that the emulator does not know.")
    for path in paths:
        if path.partition(".")[0] in _IMMUTABLE:
            raise InvalidArgument(f"The field {path} cannot be changed.")
    changed = type(shown).FromString(shown.SerializeToString())
    fields.MergeMessage(sent, changed, True, True)
    return changed


def _check(shown: Any) -> None:
    _check_range("ack_deadline_seconds", shown.ack_deadline_seconds, 10, 600)
    retention = _seconds(shown.message_retention_duration)
    _check_range("message_retention_duration", retention, 10 * _MINUTE, 31 * _DAY)
    if shown.expiration_policy.HasField("ttl"):
        _check_range("expiration_policy.ttl", _seconds(shown.expiration_policy.ttl), _DAY, float("inf"))
    if shown.HasField("dead_letter_policy"):
        attempts = shown.dead_letter_policy.max_delivery_attempts
        _check_range("dead_letter_policy.max_delivery_attempts", attempts, 5, 100)
    if shown.HasField("retry_policy"):
        shortest, longest = (_seconds(shown.retry_policy.minimum_backoff), _seconds(shown.retry_policy.maximum_backoff))
        _check_range("retry_policy.minimum_backoff", shortest, 0, longest)
        _check_range("retry_policy.maximum_backoff", longest, shortest, 600)


def _check_range(field: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise InvalidArgument(f"{field} must be between {lowest:g} and {highest:g}, not {value:g}.")


def _fill_backoff(policy: Any) -> None:
    if not policy.HasField("minimum_backoff"):
        policy.minimum_backoff.seconds = 10
    if not policy.HasField("maximum_backoff"):
        policy.maximum_backoff.seconds = 600


def _seconds(duration: Any) -> float:
    return float(duration.seconds + duration.nanos / 1e9)
