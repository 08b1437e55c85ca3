"""One Pub/Sub message as it was handed to us, and which source it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An enabled data source: its environment name, and the full name of the subscription that brings its changes."""

    name: str
    subscription: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`ack_id`: what acknowledges it. `published_at`: seconds since 1970, 0 for unknown."""

    source: Source
    ack_id: str
    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""
    published_at: float = 0.0
