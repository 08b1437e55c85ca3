"""A published message, as the state keeps it, shared by all subscriptions of the topic.

It is kept as the bytes that go out to every client and to the disk, beside what is looked at on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from emulator.pubsub.drafts import Draft
from emulator.wire.pubsub import MESSAGES

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True, eq=False, kw_only=True)
class Message:
    """What was published, with what the topic added. Never changed; there are millions, so that nothing checks it."""

    number: int  # the place in the order of publishing
    wire: bytes  # a google.pubsub.v1.PubsubMessage
    attributes: Mapping[str, str]
    ordering_key: str
    publish_time: float
    size: int  # bytes that count towards flow control

    @property
    def message_id(self) -> str:
        """The id that clients see."""
        return str(self.number)

    @property
    def data(self) -> bytes:
        """What the publisher sent."""
        found: bytes = MESSAGES["PubsubMessage"].FromString(self.wire).data
        return found


def published(draft: Draft, *, number: int, publish_time: float) -> Message:
    """The message that a draft becomes."""
    seconds, fraction = divmod(publish_time, 1)
    wire = MESSAGES["PubsubMessage"](
        data=draft.data,
        attributes=draft.attributes,
        message_id=str(number),
        ordering_key=draft.ordering_key,
        publish_time=MESSAGES["Timestamp"](seconds=int(seconds), nanos=int(fraction * 1e9)),
    )
    return Message(
        number=number,
        wire=wire.SerializeToString(),
        attributes=draft.attributes or _NONE,
        ordering_key=draft.ordering_key,
        publish_time=publish_time,
        size=_size(draft),
    )


def rewritten(message: Message, *, data: bytes, attributes: Mapping[str, str]) -> Message:
    """The same message with another content."""
    draft = Draft(data=data, attributes=attributes, ordering_key=message.ordering_key)
    return published(draft, number=message.number, publish_time=message.publish_time)


def restored(wire: bytes) -> Message:
    """The message whose bytes these are."""
    found: Any = MESSAGES["PubsubMessage"].FromString(wire)
    draft = Draft(data=found.data, attributes=dict(found.attributes), ordering_key=found.ordering_key)
    return Message(
        number=int(found.message_id),
        wire=wire,
        attributes=draft.attributes or _NONE,
        ordering_key=draft.ordering_key,
        publish_time=found.publish_time.seconds + found.publish_time.nanos / 1e9,
        size=_size(draft),
    )


def _size(draft: Draft) -> int:
    return len(draft.data) + sum(len(key) + len(value) for key, value in draft.attributes.items())
