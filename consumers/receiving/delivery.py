"""One Pub/Sub message as it was handed to us, and which source it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consumers.models import DataSource
from feedsync.transport.names import subscription_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An enabled data source: its environment name, and the full name of the subscription that brings its changes.

    `forwards`: whose changes it said that it passes on (P7); True for everybody's.
    """

    name: str
    subscription: str
    forwards: bool | tuple[str, ...] = False

    def may_send(self, origin: str) -> bool:
        """Its own changes, and those of whom it speaks for."""
        return origin == self.name or (self.forwards if isinstance(self.forwards, bool) else origin in self.forwards)


def forwards_of(row: DataSource) -> bool | tuple[str, ...]:
    """Whose changes the source passes on, as it said."""
    return tuple(row.forwards) if isinstance(row.forwards, list) else bool(row.forwards)


def source_of(row: DataSource) -> Source:
    """Raises ConfigurationError without a project."""
    return Source(name=row.env_name, subscription=subscription_path(row.subscription), forwards=forwards_of(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`ack_id`: what acknowledges it. `published_at`: seconds since 1970, 0 for unknown."""

    source: Source
    ack_id: str
    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""
    published_at: float = 0.0
