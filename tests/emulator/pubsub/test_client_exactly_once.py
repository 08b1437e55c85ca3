"""Exactly-once delivery through the official client: it learns what became of each acknowledgement."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.pubsub_v1.subscriber.exceptions import AcknowledgeError, AcknowledgeStatus

from emulator import Emulator
from tests.emulator.collecting import WAIT_SECONDS, publish_at_once, pulled, streaming
from tests.emulator.conftest import Clients, Pair

pytestmark = pytest.mark.not_at_googles_emulator


@pytest.fixture
def once(clients: Clients, names: Pair) -> Pair:
    """A topic with a subscription with exactly-once delivery."""
    clients.publisher.create_topic(name=names.topic)
    clients.subscriber.create_subscription(
        request={"name": names.subscription, "topic": names.topic, "enable_exactly_once_delivery": True}
    )
    return names


def test_an_acknowledgement_is_confirmed(clients: Clients, once: Pair) -> None:
    """ack_with_response() ends with SUCCESS, and the message does not come back."""
    publish_at_once(clients.publisher, once.topic, [b"a"])
    with streaming(clients.subscriber, once.subscription) as stream:
        outcome = stream.next().ack_with_response().result(timeout=WAIT_SECONDS)
    assert outcome is AcknowledgeStatus.SUCCESS
    assert pulled(clients.subscriber, once.subscription) == []


def test_an_outdated_acknowledgement_fails_for_good(clients: Clients, once: Pair) -> None:
    """The client hears INVALID_ACK_ID when the message was given back meanwhile, and it comes again."""
    publish_at_once(clients.publisher, once.topic, [b"a"])
    with streaming(clients.subscriber, once.subscription) as stream:
        message = stream.next()
        clients.subscriber.modify_ack_deadline(
            subscription=once.subscription, ack_ids=[message.ack_id], ack_deadline_seconds=0
        )
        with pytest.raises(AcknowledgeError) as caught:
            message.ack_with_response().result(timeout=WAIT_SECONDS)
        assert caught.value.error_code is AcknowledgeStatus.INVALID_ACK_ID
        again = stream.next()
        assert again.ack_with_response().result(timeout=WAIT_SECONDS) is AcknowledgeStatus.SUCCESS
    assert again.message_id == message.message_id


def test_a_refusal_is_confirmed_and_delivers_again(clients: Clients, once: Pair) -> None:
    """nack_with_response() ends with SUCCESS."""
    publish_at_once(clients.publisher, once.topic, [b"a"])
    with streaming(clients.subscriber, once.subscription) as stream:
        first = stream.next()
        assert first.nack_with_response().result(timeout=WAIT_SECONDS) is AcknowledgeStatus.SUCCESS
        second = stream.next()
        second.ack_with_response().result(timeout=WAIT_SECONDS)
    assert (first.message_id, first.ack_id) != (second.message_id, second.ack_id)


@pytest.mark.parametrize("call", ["acknowledge", "modify_ack_deadline"])
def test_a_unary_call_names_the_ack_ids_that_failed(clients: Clients, once: Pair, call: str) -> None:
    """The status carries an ErrorInfo with a reason for each; the others of the request take effect."""
    publish_at_once(clients.publisher, once.topic, [b"a", b"b"])
    stale, good = (received.ack_id for received in pulled(clients.subscriber, once.subscription))
    subscriber, name = clients.subscriber, once.subscription
    subscriber.modify_ack_deadline(subscription=name, ack_ids=[stale], ack_deadline_seconds=0)
    request: dict[str, Any] = {"subscription": name, "ack_ids": [stale, good]}
    if call == "modify_ack_deadline":
        request["ack_deadline_seconds"] = 60
    with pytest.raises(exceptions.InvalidArgument) as caught:
        getattr(subscriber, call)(request=request)
    assert caught.value.reason == "EXACTLY_ONCE_ACKID_FAILURE"
    assert caught.value.metadata == {stale: "PERMANENT_FAILURE_INVALID_ACK_ID"}


def test_an_ordered_stream_is_told_what_came_too_early(clients: Clients, names: Pair) -> None:
    """Keys and exactly-once delivery together: everything arrives in order, each confirmed."""
    clients.publisher.create_topic(name=names.topic)
    clients.subscriber.create_subscription(
        request={
            "name": names.subscription,
            "topic": names.topic,
            "enable_exactly_once_delivery": True,
            "enable_message_ordering": True,
        }
    )
    publish_at_once(clients.publisher, names.topic, [b"%d" % number for number in range(5)], ordering_key="k")
    with streaming(clients.subscriber, names.subscription) as stream:
        for number in range(5):
            message = stream.next()
            assert message.data == b"%d" % number
            assert message.ack_with_response().result(timeout=WAIT_SECONDS) is AcknowledgeStatus.SUCCESS


def test_a_temporary_failure_is_tried_again(cloud: Emulator, own: Clients, names: Pair) -> None:
    """The client repeats an acknowledgement that failed for a while, until it is confirmed."""
    cloud.create_topic(names.topic)
    cloud.create_subscription(names.subscription, names.topic, enable_exactly_once_delivery=True)
    cloud.publish(names.topic, b"a")
    cloud.fail_acks(seed=1, share=1.0)
    with streaming(own.subscriber, names.subscription) as stream:
        message = stream.next()
        with pytest.raises(exceptions.InvalidArgument) as caught:
            own.subscriber.acknowledge(subscription=names.subscription, ack_ids=[message.ack_id])
        assert caught.value.metadata[message.ack_id].startswith("TRANSIENT_")
        outcome = message.ack_with_response()
        cloud.heal()
        assert outcome.result(timeout=WAIT_SECONDS) is AcknowledgeStatus.SUCCESS
    assert cloud.outstanding(names.subscription) == []
