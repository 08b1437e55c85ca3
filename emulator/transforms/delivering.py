"""The transforms of a subscription: each delivery goes through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from emulator.pubsub.messages import Message, rewritten
from emulator.transforms.chain import Chain, check
from emulator.transforms.steps import Content

Transform = Callable[[Message], Message | None]


def transform(transforms: Sequence[Any]) -> Transform | None:
    """What transforms on the wire do to a message (None: nobody gets it), or None if there are none to run.

    Refuses transforms that make no sense. What it returns raises TransformFailed.
    """
    check(transforms)
    if all(each.disabled for each in transforms):
        return None
    chain = Chain(transforms)

    def transformed(message: Message) -> Message | None:
        found = chain(Content(data=message.data, attributes=message.attributes), _metadata(message))
        return None if found is None else rewritten(message, data=found.data, attributes=found.attributes)

    return transformed


def _metadata(message: Message) -> dict[str, str]:
    published = datetime.fromtimestamp(message.publish_time, UTC)
    known = {"message_id": message.message_id, "publish_time": published.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return known | ({"ordering_key": message.ordering_key} if message.ordering_key else {})
