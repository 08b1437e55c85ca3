"""The two versions of the API: what is kept is v2beta3, which has every field, and v2 is translated.

Only the numbers of queues' and tasks' own fields differ, and where a queue says how App Engine tasks are routed.
"""

from __future__ import annotations

from typing import Any

from emulator.wire.tasks import V2, V2BETA3


class Version:
    """One version of the messages."""

    def __init__(self, messages: dict[str, Any]) -> None:
        self.messages = messages

    def kept(self, message: Any) -> Any:
        """A queue or task of this version as it is kept."""
        return _translated(message, V2BETA3)

    def shown(self, message: Any) -> Any:
        """A kept queue or task in this version."""
        return _translated(message, self.messages)


def _translated(message: Any, messages: dict[str, Any]) -> Any:
    """The same in other messages; what they don't have is left out."""
    name = message.DESCRIPTOR.name
    if isinstance(message, messages[name]):
        return message
    target = messages[name]()
    for field, value in message.ListFields():
        if field.name not in target.DESCRIPTOR.fields_by_name:
            continue
        if field.message_type is None:
            setattr(target, field.name, value)
        else:
            part = getattr(target, field.name)
            part.SetInParent()
            part.MergeFromString(value.SerializeToString())
    if name == "Queue":
        _translate_routing(message, target)
    return target


def _translate_routing(message: Any, target: Any) -> None:
    if isinstance(message, V2["Queue"]):
        source, place = message, target.app_engine_http_queue
    else:
        source, place = message.app_engine_http_queue, target
    if source.HasField("app_engine_routing_override"):
        routing = source.app_engine_routing_override.SerializeToString()
        place.app_engine_routing_override.SetInParent()
        place.app_engine_routing_override.MergeFromString(routing)
