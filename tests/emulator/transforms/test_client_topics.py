"""Transforms of topics through the official clients."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.types import PubsubMessage, Schema

from tests.emulator.conftest import Clients, Pair

pytestmark = pytest.mark.not_at_googles_emulator  # it keeps transforms and runs none

# Takes out what says so, fails where told to, and writes the rest in capitals.
CODE = """
function shout(message, metadata) {
  if (message.data === 'secret') return null;
  if (message.data === 'bad') throw new Error('no ' + message.data);
  return { data: message.data.toUpperCase(), attributes: { ...message.attributes, key: metadata.ordering_key ?? '' } };
}
"""
TRANSFORM = {"javascript_udf": {"function_name": "shout", "code": CODE}}


@pytest.fixture
def shouting(clients: Clients, names: Pair) -> Pair:
    """A topic with a transform, and a subscription."""
    clients.publisher.create_topic(request={"name": names.topic, "message_transforms": [TRANSFORM]})
    clients.subscriber.create_subscription(name=names.subscription, topic=names.topic)
    return names


def publish(clients: Clients, names: Pair, *messages: str, **fields: Any) -> list[str]:
    """Publish in one request, or raise."""
    sent = [PubsubMessage(data=each.encode(), **fields) for each in messages]
    return list(PublisherClient.publish(clients.publisher, topic=names.topic, messages=sent).message_ids)


def received(clients: Clients, names: Pair) -> list[tuple[bytes, dict[str, str]]]:
    """What the subscription has, until it has nothing more."""
    answer = clients.subscriber.pull(subscription=names.subscription, max_messages=10)
    return [(each.message.data, dict(each.message.attributes)) for each in answer.received_messages]


def test_subscribers_get_what_the_transform_returns(clients: Clients, shouting: Pair) -> None:
    """Data and attributes."""
    publish(clients, shouting, "hello", attributes={"from": "north"}, ordering_key="k")
    assert received(clients, shouting) == [(b"HELLO", {"from": "north", "key": "k"})]


def test_a_message_that_is_taken_out_has_an_id_and_goes_nowhere(clients: Clients, shouting: Pair) -> None:
    """The publisher does not notice."""
    ids = publish(clients, shouting, "one", "secret", "two")
    assert len(set(ids)) == 3
    assert [data for data, _ in received(clients, shouting)] == [b"ONE", b"TWO"]


def test_a_failure_refuses_the_whole_request(clients: Clients, shouting: Pair) -> None:
    """Nothing of it is published, and the error of the function is told."""
    with pytest.raises(exceptions.InvalidArgument, match="shout failed: Error: no bad"):
        publish(clients, shouting, "good", "bad")
    publish(clients, shouting, "later")
    assert [data for data, _ in received(clients, shouting)] == [b"LATER"]


def test_transforms_are_shown_and_can_be_disabled(clients: Clients, shouting: Pair) -> None:
    """By an update, as they were set."""
    shown = clients.publisher.get_topic(topic=shouting.topic)
    assert shown.message_transforms[0].javascript_udf.code == CODE
    shown.message_transforms[0].disabled = True
    clients.publisher.update_topic(request={"topic": shown, "update_mask": {"paths": ["message_transforms"]}})
    publish(clients, shouting, "hello")
    assert received(clients, shouting) == [(b"hello", {})]


def test_the_schema_is_for_what_comes_out(clients: Clients, names: Pair, standard_host: str) -> None:
    """A transform can make a message fit."""
    from google.pubsub_v1 import SchemaServiceClient

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBSUB_EMULATOR_HOST", standard_host)
        client = SchemaServiceClient()
    with client:
        sent = Schema(type_=Schema.Type.AVRO, definition='"string"')
        schema = client.create_schema(parent=names.project, schema=sent, schema_id="text").name
    quote = "const quote = ({data}) => ({data: JSON.stringify(data)})"
    clients.publisher.create_topic(
        request={
            "name": names.topic,
            "message_transforms": [{"javascript_udf": {"function_name": "quote", "code": quote}}],
            "schema_settings": {"schema": schema, "encoding": "JSON"},
        }
    )
    clients.subscriber.create_subscription(name=names.subscription, topic=names.topic)
    publish(clients, names, "hello")
    [(data, attributes)] = received(clients, names)
    assert data == b'"hello"'
    assert attributes["googclient_schemaname"] == schema


def test_transforms_that_do_not_run_are_refused(clients: Clients, names: Pair) -> None:
    """When the topic is created as when it is changed."""
    broken = {"javascript_udf": {"function_name": "f", "code": "function f() {"}}
    with pytest.raises(exceptions.InvalidArgument, match="f does not run: SyntaxError"):
        clients.publisher.create_topic(request={"name": names.topic, "message_transforms": [broken]})
    clients.publisher.create_topic(name=names.topic)
    changed = {"name": names.topic, "message_transforms": [broken]}
    with pytest.raises(exceptions.InvalidArgument, match="f does not run"):
        clients.publisher.update_topic(request={"topic": changed, "update_mask": {"paths": ["message_transforms"]}})
