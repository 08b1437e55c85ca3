"""Leased entries as received messages on the wire."""

from __future__ import annotations

from typing import Any

from emulator.pubsub.lanes import Entry
from emulator.pubsub.subscriptions import Subscription
from emulator.wire.pubsub import MESSAGES


def on_wire(subscription: Subscription, entries: list[Entry]) -> list[Any]:
    """One received message an entry."""
    received, pubsub_message, timestamp = (MESSAGES[name] for name in ("ReceivedMessage", "PubsubMessage", "Timestamp"))
    counts = subscription.settings.rules.max_attempts is not None
    found = []
    for entry in entries:
        message = entry.message
        seconds, fraction = divmod(message.publish_time, 1)
        wire = pubsub_message(
            data=message.data,
            attributes=message.attributes,
            message_id=message.message_id,
            ordering_key=message.ordering_key,
            publish_time=timestamp(seconds=int(seconds), nanos=int(fraction * 1e9)),
        )
        found.append(received(ack_id=entry.ack_id, message=wire, delivery_attempt=entry.attempts if counts else 0))
    return found
