"""Topics with a schema through the official clients: what they take, and what their subscribers are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.api_core import exceptions
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.types import Encoding, PubsubMessage, Schema

from tests.emulator.conftest import Clients, Pair
from tests.emulator.schemas.conftest import AVRO, PROTO, definition

pytestmark = pytest.mark.not_at_googles_emulator  # it knows no protocol buffers, and no rules of evolution


def bind(clients: Clients, names: Pair, schema: str, **settings: Any) -> None:
    """A topic with the schema, and a subscription."""
    bound = {"schema": schema, "encoding": Encoding.JSON, **settings}
    clients.publisher.create_topic(request={"name": names.topic, "schema_settings": bound})
    clients.subscriber.create_subscription(name=names.subscription, topic=names.topic)


def publish(clients: Clients, names: Pair, *messages: bytes) -> None:
    """Publish in one request, or raise."""
    sent = [PubsubMessage(data=each) for each in messages]
    # The client's own publish sends messages one by one into batches.
    PublisherClient.publish(clients.publisher, topic=names.topic, messages=sent)


def received(clients: Clients, names: Pair) -> list[Any]:
    """What the subscription has."""
    answer = clients.subscriber.pull(subscription=names.subscription, max_messages=10)
    return [each.message for each in answer.received_messages]


def change(clients: Clients, names: Pair, settings: dict[str, Any]) -> Any:
    """Update the topic's schema settings."""
    topic = {"name": names.topic, "schema_settings": settings}
    return clients.publisher.update_topic(request={"topic": topic, "update_mask": {"paths": ["schema_settings"]}})


@pytest.mark.parametrize("sent", [AVRO, PROTO], ids=["avro", "protobuf"])
@pytest.mark.parametrize("encoding", [Encoding.JSON, Encoding.BINARY], ids=["json", "binary"])
def test_a_topic_takes_what_fits_and_says_so(
    clients: Clients, schemas: Any, names: Pair, sent: Schema, encoding: Encoding
) -> None:
    """Subscribers get the name of the schema, the encoding and the revision as attributes."""
    schema = schemas.create_schema(parent=names.project, schema=sent, schema_id="states")
    bind(clients, names, schema.name, encoding=encoding)
    binary = b"\x0e" if sent is AVRO else b"\x08\x07"
    good = b'{"population": 7}' if encoding is Encoding.JSON else binary
    publish(clients, names, good)
    [message] = received(clients, names)
    assert message.data == good
    assert dict(message.attributes) == {
        "googclient_schemaname": schema.name,
        "googclient_schemaencoding": encoding.name,
        "googclient_schemarevisionid": schema.revision_id,
    }
    with pytest.raises(exceptions.InvalidArgument, match="Message failed schema validation") as refusal:
        publish(clients, names, good, b'{"population": "many"}')
    assert schema.revision_id in str(refusal.value)
    assert refusal.value.reason.startswith(f"INVALID_{encoding.name}")
    assert received(clients, names) == []


def test_the_range_of_revisions_decides(clients: Clients, schemas: Any, names: Pair, schema: str) -> None:
    """A topic takes what fits a revision within its range, and the range can be changed."""
    first = schemas.get_schema(name=schema).revision_id
    newer = Schema(type_=Schema.Type.AVRO, definition=definition("population", "area"))
    second = schemas.commit_schema(name=schema, schema=newer).revision_id
    old, new = (json.dumps(dict.fromkeys(fields, 1)).encode() for fields in (["population"], ["population", "area"]))
    bind(clients, names, schema, first_revision_id=first, last_revision_id=first)
    publish(clients, names, old)
    with pytest.raises(exceptions.InvalidArgument):
        publish(clients, names, new)
    change(clients, names, {"schema": schema, "encoding": Encoding.JSON, "first_revision_id": second})
    publish(clients, names, new)
    with pytest.raises(exceptions.InvalidArgument):
        publish(clients, names, old)
    told = [message.attributes["googclient_schemarevisionid"] for message in received(clients, names)]
    assert told == [first, second]


def test_a_schema_can_be_taken_off_a_topic(clients: Clients, names: Pair, schema: str) -> None:
    """Empty settings, as clients send them, or none."""
    bind(clients, names, schema)
    assert "schema_settings" not in change(clients, names, {})
    publish(clients, names, b"anything")
    assert dict(received(clients, names)[0].attributes) == {}


def test_a_deleted_schema_leaves_its_topics_without_messages(
    clients: Clients, schemas: Any, names: Pair, schema: str
) -> None:
    """The topic shows that the schema is gone and takes nothing, also when the name is used again."""
    bind(clients, names, schema)
    schemas.delete_schema(name=schema)
    schemas.create_schema(parent=names.project, schema=AVRO, schema_id="states")
    assert clients.publisher.get_topic(topic=names.topic).schema_settings.schema == "_deleted-schema_"
    with pytest.raises(exceptions.NotFound, match="schema"):
        publish(clients, names, b'{"population": 7}')


def test_settings_that_make_no_sense_are_refused(clients: Clients, schemas: Any, names: Pair, schema: str) -> None:
    """When a topic is created as when it is changed; then it stays as it was."""
    bad: list[tuple[type[Exception], dict[str, Any]]] = [
        (exceptions.NotFound, {"schema": f"{names.project}/schemas/missing", "encoding": Encoding.JSON}),
        (exceptions.InvalidArgument, {"schema": "nonsense", "encoding": Encoding.JSON}),
        (exceptions.InvalidArgument, {"schema": schema}),
        (exceptions.InvalidArgument, {"encoding": Encoding.JSON}),
        (exceptions.NotFound, {"schema": schema, "encoding": Encoding.JSON, "first_revision_id": "00000000"}),
        (exceptions.NotFound, {"schema": schema, "encoding": Encoding.JSON, "last_revision_id": "00000000"}),
    ]
    for kind, settings in bad:
        with pytest.raises(kind):
            clients.publisher.create_topic(request={"name": names.topic, "schema_settings": settings})
    bind(clients, names, schema)
    before = clients.publisher.get_topic(topic=names.topic)
    for kind, settings in bad:
        with pytest.raises(kind):
            change(clients, names, settings)
    assert clients.publisher.get_topic(topic=names.topic) == before


def test_a_dead_letter_keeps_what_it_was_told(clients: Clients, names: Pair, schema: str) -> None:
    """The attributes of the schema travel on to the dead-letter topic."""
    dead = f"{names.topic}-dead"
    clients.publisher.create_topic(name=dead)
    bound = {"schema": schema, "encoding": Encoding.JSON}
    clients.publisher.create_topic(request={"name": names.topic, "schema_settings": bound})
    policy = {"dead_letter_topic": dead, "max_delivery_attempts": 5}
    source = f"{names.subscription}-source"
    clients.subscriber.create_subscription(request={"name": source, "topic": names.topic, "dead_letter_policy": policy})
    clients.subscriber.create_subscription(name=names.subscription, topic=dead)
    publish(clients, names, b'{"population": 7}')
    for _ in range(5):
        [message] = clients.subscriber.pull(subscription=source, max_messages=1).received_messages
        clients.subscriber.modify_ack_deadline(subscription=source, ack_ids=[message.ack_id], ack_deadline_seconds=0)
    clients.subscriber.pull(subscription=source, max_messages=1)
    [message] = received(clients, names)
    assert message.attributes["googclient_schemaname"] == schema
