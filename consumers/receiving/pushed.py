"""A Pub/Sub push: an HTTP body and headers in, a delivery of one of our sources out.

Wrapped: JSON with the message in it, and the subscription's name. Unwrapped: the message's data is the body, and with
"write metadata", as feedsync_setup has it, the rest is in headers; without, only the sole source that is pushed can
be meant. What comes from a subscription of no data source is not for us.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Any

from consumers.models import DataSource
from consumers.receiving.delivery import Delivery, Source, source_of
from feedsync.errors import BadRequest, TransientError
from feedsync.transport.names import subscription_path
from feedsync.wire import json

MAX_BYTES = 14 * 1024 * 1024  # Pub/Sub's 10 MB in base64, and room for attributes
ZSTANDARD = b"\x28\xb5\x2f\xfd"
METADATA = "x-goog-pubsub-"


def read(body: bytes, headers: Mapping[str, str]) -> Delivery:
    """Raises BadRequest, or TransientError where the message has to wait at Pub/Sub."""
    told = {name.lower(): value for name, value in headers.items()}
    if f"{METADATA}subscription-name" in told:
        return _unwrapped(body, told, _source(told[f"{METADATA}subscription-name"]))
    if body.startswith(ZSTANDARD):
        return _unwrapped(body, told, _sole_source())
    return _wrapped(body)


def _unwrapped(body: bytes, told: Mapping[str, str], source: Source) -> Delivery:
    return Delivery(
        source=source,
        ack_id="",
        data=body,
        attributes={name: told[name] for name in ("feed", "origin", "wire") if name in told},
        message_id=told.get(f"{METADATA}message-id", ""),
        published_at=_seconds(told.get(f"{METADATA}publish-time")),
    )


def _wrapped(body: bytes) -> Delivery:
    try:
        envelope = json.loads(body)
        message, subscription = envelope["message"], str(envelope["subscription"])
        data = base64.b64decode(message.get("data") or "", validate=True)
        attributes = dict(message.get("attributes") or {})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadRequest("This is no push of Pub/Sub.") from error
    return Delivery(
        source=_source(subscription),
        ack_id="",
        data=data,
        attributes={str(name): str(value) for name, value in attributes.items()},
        message_id=str(message.get("messageId") or message.get("message_id") or ""),
        published_at=_seconds(message.get("publishTime") or message.get("publish_time")),
    )


def _source(subscription: str) -> Source:
    for source in DataSource.objects.exclude(subscription=""):
        if subscription_path(source.subscription) == subscription:
            return _enabled(source)
    raise BadRequest("A message of a subscription that belongs to no data source.", status=403)


def _sole_source() -> Source:
    pushed = DataSource.objects.filter(enabled=True, delivery=DataSource.Delivery.PUSH).exclude(subscription="")[:2]
    if len(pushed) != 1:
        raise BadRequest("A message that doesn't say its subscription: let Pub/Sub write metadata.")
    return _enabled(pushed[0])


def _enabled(source: DataSource) -> Source:
    if not source.enabled:
        raise TransientError(f"{source.env_name} is disabled: its messages wait at Pub/Sub.")
    return source_of(source)


def _seconds(told: Any) -> float:
    """Since 1970; 0 for what can't be read."""
    try:
        return dt.datetime.fromisoformat(str(told)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
