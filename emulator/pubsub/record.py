"""What happened to the messages of one subscription, and when: kept only inside a test, which can ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emulator.pubsub.messages import Message


class What(StrEnum):
    """The steps of a message."""

    DELIVERED = "delivered"
    RETURNED = "returned"  # refused, or its lease lapsed, or its client left
    ACKNOWLEDGED = "acknowledged"
    DEAD_LETTERED = "dead-lettered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of one message."""

    what: What
    when: float  # by the emulator's clock, seconds since the epoch; when it was published is in the message
    message: Message
    attempt: int  # the first is 1
