"""The emulator's own table of wire messages agrees with the published API."""

from __future__ import annotations

from typing import Any

import pytest
from google.pubsub_v1.types import pubsub

from emulator.pubsub.publisher import Publisher
from emulator.pubsub.subscriber import Subscriber
from emulator.wire.messages import MESSAGES, TABLE

ENUM, INT32 = 14, 5
OFFICIAL = {name: value.pb().DESCRIPTOR for name, value in vars(pubsub).items() if hasattr(value, "pb")}
OFFICIAL["SubscriptionProperties"] = OFFICIAL["StreamingPullResponse"].nested_types_by_name["SubscriptionProperties"]


def shape(field: Any) -> tuple[Any, ...]:
    """What matters on the wire: number, type, repetition and the type of a message."""
    kind = INT32 if field.type == ENUM else field.type
    return field.number, kind, field.is_repeated, field.message_type.name if field.message_type else None


@pytest.mark.parametrize("name", TABLE)
def test_each_field_is_the_official_one(name: str) -> None:
    """Number, type and repetition of every field in the table are those of the generated client."""
    ours = {field.name: shape(field) for field in MESSAGES[name].DESCRIPTOR.fields}
    official = {field.name: shape(field) for field in OFFICIAL[name].fields}
    assert ours == {field: official[field] for field in ours}


def test_what_the_table_leaves_out_is_kept() -> None:
    """A field that the emulator does not know passes through unharmed."""
    sent = pubsub.Topic(name="projects/p/topics/t", kms_key_name="key", tags={"a": "b"})
    kept = MESSAGES["Topic"].FromString(pubsub.Topic.serialize(sent))
    kept.state = 1
    shown = pubsub.Topic.deserialize(kept.SerializeToString())
    assert (shown.kms_key_name, dict(shown.tags), shown.state) == ("key", {"a": "b"}, 1)


@pytest.mark.parametrize("service", [Publisher, Subscriber])
def test_every_method_has_its_messages(service: type[Publisher | Subscriber]) -> None:
    """The method tables name messages that exist."""
    assert {name for pair in service.METHODS.values() for name in pair} <= MESSAGES.keys()
