"""Publish, pull and acknowledge through the official client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.api_core import exceptions

from tests.emulator.collecting import publish_at_once, pulled
from tests.emulator.conftest import Clients, Pair


@pytest.fixture
def roomy(standard_host: str) -> Iterator[Any]:
    """A subscriber that accepts messages of any size: from an emulator, the usual one accepts 4 MiB."""
    from google.pubsub_v1 import SubscriberClient
    from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

    channel = grpc.insecure_channel(standard_host, options=[("grpc.max_receive_message_length", -1)])
    yield SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    channel.close()


def test_a_message_arrives_as_it_was_published(clients: Clients, pair: Pair) -> None:
    """Data, attributes and id reach the subscriber; the topic adds a time."""
    message_id = clients.publisher.publish(pair.topic, b"hello", origin="north").result(timeout=10)
    (received,) = pulled(clients.subscriber, pair.subscription)
    assert received.message.data == b"hello"
    assert dict(received.message.attributes) == {"origin": "north"}
    assert received.message.message_id == message_id
    assert received.message.publish_time.timestamp() > 0


def test_every_subscription_gets_every_message(clients: Clients, pair: Pair) -> None:
    """Subscriptions of one topic do not share messages."""
    second = pair.subscription + "-2"
    clients.subscriber.create_subscription(name=second, topic=pair.topic)
    clients.publisher.publish(pair.topic, b"for both").result(timeout=10)
    assert [each.message.data for each in pulled(clients.subscriber, pair.subscription)] == [b"for both"]
    assert [each.message.data for each in pulled(clients.subscriber, second)] == [b"for both"]


def test_a_subscription_gets_what_is_published_after_its_creation(clients: Clients, names: Pair) -> None:
    """Earlier messages are not its own."""
    clients.publisher.create_topic(name=names.topic)
    clients.publisher.publish(names.topic, b"early").result(timeout=10)
    clients.subscriber.create_subscription(name=names.subscription, topic=names.topic)
    clients.publisher.publish(names.topic, b"late").result(timeout=10)
    assert [each.message.data for each in pulled(clients.subscriber, names.subscription)] == [b"late"]


def test_an_acknowledged_message_does_not_come_back(clients: Clients, pair: Pair) -> None:
    """After the acknowledgement an explicit refusal changes nothing."""
    clients.publisher.publish(pair.topic, b"once").result(timeout=10)
    (received,) = pulled(clients.subscriber, pair.subscription)
    clients.subscriber.acknowledge(subscription=pair.subscription, ack_ids=[received.ack_id])
    clients.subscriber.modify_ack_deadline(
        subscription=pair.subscription, ack_ids=[received.ack_id], ack_deadline_seconds=0
    )
    assert pulled(clients.subscriber, pair.subscription) == []


def test_a_refused_message_comes_back_under_a_fresh_ack_id(clients: Clients, pair: Pair) -> None:
    """A deadline of 0 gives the message back at once."""
    clients.publisher.publish(pair.topic, b"again").result(timeout=10)
    (first,) = pulled(clients.subscriber, pair.subscription)
    clients.subscriber.modify_ack_deadline(
        subscription=pair.subscription, ack_ids=[first.ack_id], ack_deadline_seconds=0
    )
    (second,) = pulled(clients.subscriber, pair.subscription)
    assert second.message == first.message
    assert second.ack_id != first.ack_id


def test_a_leased_message_is_not_delivered_twice(clients: Clients, pair: Pair) -> None:
    """While the deadline runs, other pulls do not see the message; an empty pull ends by itself."""
    clients.publisher.publish(pair.topic, b"mine").result(timeout=10)
    assert len(pulled(clients.subscriber, pair.subscription)) == 1
    assert pulled(clients.subscriber, pair.subscription) == []


def test_a_pull_carries_at_most_what_was_asked_for(clients: Clients, pair: Pair) -> None:
    """max_messages is a limit."""
    for future in [clients.publisher.publish(pair.topic, b"%d" % number) for number in range(5)]:
        future.result(timeout=10)
    assert len(pulled(clients.subscriber, pair.subscription, limit=2)) <= 2


@pytest.mark.not_at_googles_emulator
def test_a_filter_keeps_messages_away(clients: Clients, names: Pair) -> None:
    """Only messages that the filter accepts reach the subscription."""
    clients.publisher.create_topic(name=names.topic)
    clients.subscriber.create_subscription(
        request={
            "name": names.subscription,
            "topic": names.topic,
            "filter": 'attributes:origin AND NOT attributes.origin = "south"',
        }
    )
    for origin in ("north", "south", "east"):
        clients.publisher.publish(names.topic, origin.encode(), origin=origin).result(timeout=10)
    clients.publisher.publish(names.topic, b"nowhere").result(timeout=10)
    received = {each.message.data for each in pulled(clients.subscriber, names.subscription)}
    assert received == {b"north", b"east"}


def test_almost_ten_megabytes_pass(clients: Clients, roomy: Any, pair: Pair) -> None:
    """The largest request that the API allows goes through, both ways."""
    data = b"x" * 9_999_000
    publish_at_once(clients.publisher, pair.topic, [data])
    (received,) = pulled(roomy, pair.subscription)
    assert len(received.message.data) == len(data)


@pytest.mark.not_at_googles_emulator
def test_answers_stay_below_the_limit_of_a_client(clients: Clients, pair: Pair) -> None:
    """Official clients accept 4 MiB at once from an emulator: large messages come in several answers."""
    for _ in range(4):
        publish_at_once(clients.publisher, pair.topic, [b"x" * 3_000_000])
    received = [len(pulled(clients.subscriber, pair.subscription)) for _ in range(4)]
    assert received == [1, 1, 1, 1]


@pytest.mark.not_at_googles_emulator
def test_more_than_ten_megabytes_are_refused(clients: Clients, pair: Pair) -> None:
    """A larger request gets the API's answer, not one of the transport."""
    with pytest.raises(exceptions.InvalidArgument):
        publish_at_once(clients.publisher, pair.topic, [b"x" * 6_000_000] * 2)


def test_an_empty_message_is_refused(clients: Clients, pair: Pair) -> None:
    """A message needs data or an attribute."""
    with pytest.raises(exceptions.InvalidArgument):
        publish_at_once(clients.publisher, pair.topic, [b""])


def test_one_request_keeps_its_order(clients: Clients, pair: Pair) -> None:
    """The ids of a request are in the order of its messages, and each is its own."""
    ids = publish_at_once(clients.publisher, pair.topic, [b"%d" % number for number in range(1000)])
    assert len(set(ids)) == 1000
    said: dict[str, bytes] = {}
    while len(said) < 1000 and (received := pulled(clients.subscriber, pair.subscription)):
        said |= {each.message.message_id: each.message.data for each in received}
    assert said == {message_id: b"%d" % number for number, message_id in enumerate(ids)}
