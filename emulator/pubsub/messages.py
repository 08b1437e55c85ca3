"""A published message, as the state keeps it: plain values, shared by all subscriptions of the topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was published, with what the topic added."""

    data: bytes
    attributes: Mapping[str, str]
    ordering_key: str
    message_id: str
    publish_time: float

    @property
    def number(self) -> int:
        """The message's place in the order of publishing."""
        return int(self.message_id)

    @property
    def size(self) -> int:
        """Bytes that count towards flow control."""
        return len(self.data) + sum(len(key) + len(value) for key, value in self.attributes.items())
