"""Leased entries as received messages on the wire.

A message goes out as the bytes that the state keeps, which responses of `wire.outgoing` take.
"""

from __future__ import annotations

from typing import Any

from emulator.pubsub.lanes import Entry
from emulator.pubsub.subscriptions import Subscription


def fill(response: Any, subscription: Subscription, entries: list[Entry]) -> Any:
    """The response, with one received message an entry."""
    counts = subscription.settings.rules.max_attempts is not None
    add = response.received_messages.add
    for entry in entries:
        add(ack_id=entry.ack_id, message=entry.delivered.wire, delivery_attempt=entry.attempts if counts else 0)
    return response
