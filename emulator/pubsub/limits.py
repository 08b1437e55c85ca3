"""The API's limits on settings: each is checked in one place, or is an InvalidArgument that names the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.errors import InvalidArgument

MAX_ACK_SECONDS = 600
_DAY = 86_400
_RETENTION = (600, 31 * _DAY)
_MOST_LABELS = 64
_LONGEST_LABEL = 63


def seconds(duration: Any) -> float:
    """A duration as a number."""
    return float(duration.seconds + duration.nanos / 1e9)


def check_range(field: str, value: float, lowest: float, highest: float) -> None:
    """Refuse a value that is too small or too large."""
    if not lowest <= value <= highest:
        raise InvalidArgument(f"{field} must be between {lowest:g} and {highest:g}, not {value:g}.")


def check_retention(duration: Any) -> None:
    """How long messages are kept."""
    check_range("message_retention_duration", seconds(duration), *_RETENTION)


def check_labels(labels: Mapping[str, str]) -> None:
    """Lower case letters of any language, digits, dashes and underscores; a key begins with a letter."""
    if len(labels) > _MOST_LABELS:
        raise InvalidArgument(f"A resource may have {_MOST_LABELS} labels, not {len(labels)}.")
    for key, value in labels.items():
        if not key or not key[0].isalpha() or not _is_label(key):
            raise InvalidArgument(f"Invalid label key {key!r}.")
        if not _is_label(value):
            raise InvalidArgument(f"Invalid value {value!r} of label {key!r}.")


def check_subscription(shown: Any) -> None:
    """All limits on a subscription's settings, defaults filled in."""
    check_labels(shown.labels)
    check_range("ack_deadline_seconds", shown.ack_deadline_seconds, 10, MAX_ACK_SECONDS)
    check_retention(shown.message_retention_duration)
    if shown.expiration_policy.HasField("ttl"):
        check_range("expiration_policy.ttl", seconds(shown.expiration_policy.ttl), _DAY, float("inf"))
    if shown.HasField("dead_letter_policy"):
        attempts = shown.dead_letter_policy.max_delivery_attempts
        check_range("dead_letter_policy.max_delivery_attempts", attempts, 5, 100)
        if not shown.dead_letter_policy.dead_letter_topic:
            raise InvalidArgument("A dead_letter_policy needs a dead_letter_topic.")
    if shown.HasField("retry_policy"):
        shortest, longest = (seconds(shown.retry_policy.minimum_backoff), seconds(shown.retry_policy.maximum_backoff))
        check_range("retry_policy.maximum_backoff", longest, 0, 600)
        check_range("retry_policy.minimum_backoff", shortest, 0, longest)
    _check_delivery(shown)


def check_extension(value: int) -> None:
    """A lease is extended by so many seconds; 0 ends it."""
    check_range("ack_deadline_seconds", value, 0, MAX_ACK_SECONDS)


def _check_delivery(shown: Any) -> None:
    ways = [name for name in ("bigquery_config", "cloud_storage_config", "bigtable_config") if shown.HasField(name)]
    if shown.push_config.push_endpoint:
        ways.append("push_config")
    if len(ways) > 1:
        raise InvalidArgument(f"A subscription delivers in one way, not by {' and '.join(ways)}.")
    if ways and shown.enable_exactly_once_delivery:
        raise InvalidArgument(f"Exactly-once delivery is for pull subscriptions, not for {ways[0]}.")


def _is_label(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and text == text.lower() and all(c.isalnum() or c in "_-" for c in text)
