"""Streaming pull through the official client."""

from __future__ import annotations

import pytest
from google.api_core import exceptions
from google.cloud.pubsub_v1.types import FlowControl

from tests.emulator.collecting import WAIT_SECONDS, publish_at_once, pulled, streaming
from tests.emulator.conftest import Clients, Pair


def test_waiting_messages_and_later_ones_arrive(clients: Clients, pair: Pair) -> None:
    """A stream gets what waited for it and what is published while it is open."""
    publish_at_once(clients.publisher, pair.topic, [b"before"])
    with streaming(clients.subscriber, pair.subscription) as stream:
        assert stream.acknowledge(1) == [b"before"]
        publish_at_once(clients.publisher, pair.topic, [b"after"])
        assert stream.acknowledge(1) == [b"after"]


def test_many_messages_arrive_once_each(clients: Clients, pair: Pair) -> None:
    """Two streams share a backlog: together they get everything, nothing twice."""
    wanted = [b"%d" % number for number in range(2000)]
    with (
        streaming(clients.subscriber, pair.subscription) as stream,
        streaming(clients.subscriber, pair.subscription) as other,
    ):
        other.receive_into(stream)
        for start in range(0, len(wanted), 100):
            publish_at_once(clients.publisher, pair.topic, wanted[start : start + 100])
        assert sorted(stream.acknowledge(len(wanted))) == sorted(wanted)
        assert stream.empty


def test_a_refused_message_comes_again(clients: Clients, pair: Pair) -> None:
    """nack() brings the message back on the same stream."""
    publish_at_once(clients.publisher, pair.topic, [b"again"])
    with streaming(clients.subscriber, pair.subscription) as stream:
        first = stream.next()
        first.nack()
        second = stream.next()
        second.ack()
    assert first.message_id == second.message_id
    assert first.ack_id != second.ack_id


@pytest.mark.not_at_googles_emulator
def test_flow_control_holds_messages_back(clients: Clients, pair: Pair) -> None:
    """No more than max_messages are out; an acknowledgement makes room for the next."""
    publish_at_once(clients.publisher, pair.topic, [b"%d" % number for number in range(10)])
    with streaming(clients.subscriber, pair.subscription, flow_control=FlowControl(max_messages=2)) as stream:
        held = [stream.next(), stream.next()]
        assert len(pulled(clients.subscriber, pair.subscription)) == 8  # nobody else holds them
        for message in held:
            message.ack()
        assert stream.empty


@pytest.mark.not_at_googles_emulator
def test_what_a_leaving_client_held_goes_to_the_next(clients: Clients, pair: Pair) -> None:
    """Messages of a closed stream are delivered again."""
    publish_at_once(clients.publisher, pair.topic, [b"left behind"])
    with streaming(clients.subscriber, pair.subscription) as stream:
        abandoned = stream.next()
    with streaming(clients.subscriber, pair.subscription) as stream:
        found = stream.next()
        found.ack()
    assert found.message_id == abandoned.message_id


def test_the_order_of_a_key_is_kept(clients: Clients, names: Pair) -> None:
    """Messages with the same ordering key arrive as they were published."""
    clients.publisher.create_topic(name=names.topic)
    clients.subscriber.create_subscription(
        request={"name": names.subscription, "topic": names.topic, "enable_message_ordering": True}
    )
    for number in range(20):
        for key in ("a", "b"):
            publish_at_once(clients.publisher, names.topic, [f"{key}{number}".encode()], ordering_key=key)
    with streaming(clients.subscriber, names.subscription) as stream:
        said = stream.acknowledge(40)
    for key in ("a", "b"):
        assert [each for each in said if each.startswith(key.encode())] == [f"{key}{n}".encode() for n in range(20)]


@pytest.mark.not_at_googles_emulator
def test_a_refused_message_of_a_key_comes_before_its_followers(clients: Clients, names: Pair) -> None:
    """After a nack the order of the key still holds, and what followed comes again too."""
    clients.publisher.create_topic(name=names.topic)
    clients.subscriber.create_subscription(
        request={"name": names.subscription, "topic": names.topic, "enable_message_ordering": True}
    )
    publish_at_once(clients.publisher, names.topic, [b"0", b"1", b"2"], ordering_key="k")
    with streaming(clients.subscriber, names.subscription) as stream:
        first = stream.next()
        assert first.data == b"0"
        first.nack()
        said: list[bytes] = []
        # The client may still work on the followers that it has; they must come again all the same.
        while said[-3:] != [b"0", b"1", b"2"]:
            said += stream.acknowledge(1)


def test_deleting_the_subscription_ends_its_streams(clients: Clients, pair: Pair) -> None:
    """The stream of a deleted subscription ends with NOT_FOUND."""
    with streaming(clients.subscriber, pair.subscription) as stream:
        publish_at_once(clients.publisher, pair.topic, [b"the stream is open"])
        stream.acknowledge(1)
        clients.subscriber.delete_subscription(subscription=pair.subscription)
        with pytest.raises(exceptions.NotFound):
            stream.future.result(timeout=WAIT_SECONDS)
