"""Transforms of subscriptions through the official clients."""

from __future__ import annotations

import time
from typing import Any

import pytest
from google.api_core import exceptions
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.types import PubsubMessage

from emulator import Emulator
from tests.emulator.conftest import Clients, Pair

# Takes out what says so, fails where told to, and says what else it knows of the rest.
CODE = """
function tell(message, metadata) {
  if (message.data === 'secret') return null;
  if (message.data === 'bad') throw new Error('no');
  return { data: message.data.toUpperCase(), attributes: { ...message.attributes, ...metadata } };
}
"""
TRANSFORM = {"javascript_udf": {"function_name": "tell", "code": CODE}}


@pytest.fixture
def telling(own: Clients, names: Pair) -> Pair:
    """A topic, a subscription with a transform, a plain one, and one of the dead-letter topic."""
    publisher, subscriber = own.publisher, own.subscriber
    dead = f"{names.topic}-dead"
    publisher.create_topic(name=names.topic)
    publisher.create_topic(name=dead)
    policy = {"dead_letter_topic": dead, "max_delivery_attempts": 5}
    settings = {"message_transforms": [TRANSFORM], "dead_letter_policy": policy, "enable_message_ordering": True}
    subscriber.create_subscription(request={"name": names.subscription, "topic": names.topic, **settings})
    subscriber.create_subscription(name=f"{names.subscription}-plain", topic=names.topic)
    subscriber.create_subscription(name=f"{names.subscription}-dead", topic=dead)
    return names


def pull(own: Clients, subscription: str) -> list[Any]:
    """What the subscription delivers now; acknowledged."""
    answer = own.subscriber.pull(subscription=subscription, max_messages=10, return_immediately=True)
    ack_ids = [each.ack_id for each in answer.received_messages]
    if ack_ids:
        own.subscriber.acknowledge(subscription=subscription, ack_ids=ack_ids)
    return [each.message for each in answer.received_messages]


@pytest.mark.filterwarnings("ignore:The return_immediately flag is deprecated")
def test_a_delivery_goes_through_the_transform(cloud: Emulator, own: Clients, telling: Pair) -> None:
    """The function knows id, time and key; other subscriptions get what was published."""
    number = cloud.publish(telling.topic, b"hello", ordering_key="k", origin="north")
    [message] = pull(own, telling.subscription)
    assert message.data == b"HELLO"
    assert message.message_id == number
    published = message.publish_time.strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"origin": "north", "message_id": number, "publish_time": published, "ordering_key": "k"}
    assert dict(message.attributes) == told
    [plain] = pull(own, f"{telling.subscription}-plain")
    assert (plain.data, dict(plain.attributes)) == (b"hello", {"origin": "north"})


@pytest.mark.filterwarnings("ignore:The return_immediately flag is deprecated")
def test_what_is_taken_out_counts_as_acknowledged(cloud: Emulator, own: Clients, telling: Pair) -> None:
    """Nobody gets it, now or later; with and without an ordering key."""
    for key in ("", "k"):
        for data in (b"secret", b"one", b"secret", b"two"):
            cloud.publish(telling.topic, data, ordering_key=key)
    got = [message.data for message in pull(own, telling.subscription)]
    assert sorted(got) == [b"ONE", b"ONE", b"TWO", b"TWO"]
    assert cloud.outstanding(telling.subscription) == []


def test_streams_get_it_too(cloud: Emulator, own: Clients, telling: Pair) -> None:
    """Messages that are taken out do not hold up the others, however many they are."""
    for number in range(1500):
        cloud.publish(telling.topic, b"secret" if number % 500 else b"%d" % number)
    got: list[bytes] = []

    def take(message: Any) -> None:
        got.append(message.data)
        message.ack()

    future = own.subscriber.subscribe(telling.subscription, callback=take)
    cloud.drain(telling.subscription)
    future.cancel()
    assert sorted(got) == [b"0", b"1000", b"500"]


def test_a_backlog_that_is_taken_out_lets_others_get_their_turn(cloud: Emulator, own: Clients, telling: Pair) -> None:
    """While thousands of messages go nowhere, other calls are answered."""
    sent = [PubsubMessage(data=b"secret")] * 1000
    for _ in range(20):
        PublisherClient.publish(own.publisher, topic=telling.topic, messages=sent)
    future = own.subscriber.subscribe(telling.subscription, callback=lambda message: message.ack())
    left: list[int] = []
    end = time.monotonic() + 60
    while (not left or left[-1]) and time.monotonic() < end:
        left.append(len(cloud.outstanding(telling.subscription)))
    future.cancel()
    assert left[-1] == 0
    assert any(0 < each < 20_000 for each in left)


@pytest.mark.filterwarnings("ignore:The return_immediately flag is deprecated")
def test_a_failure_is_a_refusal(cloud: Emulator, own: Clients, telling: Pair) -> None:
    """The message is tried again, what follows under its key waits, and it ends as a dead letter, as published."""
    for data in (b"first", b"bad", b"last"):
        cloud.publish(telling.topic, data, ordering_key="k")
    got: list[bytes] = []
    for _ in range(10):
        got.extend(message.data for message in pull(own, telling.subscription))
        cloud.advance(2)
    assert got == [b"FIRST", b"LAST"]
    [dead] = pull(own, f"{telling.subscription}-dead")
    assert dead.data == b"bad"
    assert dead.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == "5"


@pytest.mark.filterwarnings("ignore:The return_immediately flag is deprecated")
def test_a_repaired_transform_is_for_what_waits(cloud: Emulator, own: Clients, telling: Pair) -> None:
    """An update holds for messages that came before it."""
    cloud.publish(telling.topic, b"bad")
    assert pull(own, telling.subscription) == []
    repaired = {"javascript_udf": {"function_name": "tell", "code": "const tell = (message) => message"}}
    changed = {"name": telling.subscription, "message_transforms": [repaired]}
    own.subscriber.update_subscription(
        request={"subscription": changed, "update_mask": {"paths": ["message_transforms"]}}
    )
    cloud.advance(2)
    assert [message.data for message in pull(own, telling.subscription)] == [b"bad"]


def test_transforms_that_do_not_run_are_refused(own: Clients, telling: Pair) -> None:
    """When the subscription is created as when it is changed."""
    broken = {"javascript_udf": {"function_name": "f", "code": "function f() {"}}
    other = {"name": f"{telling.subscription}-2", "topic": telling.topic, "message_transforms": [broken]}
    with pytest.raises(exceptions.InvalidArgument, match="f does not run: SyntaxError"):
        own.subscriber.create_subscription(request=other)
    changed = {"name": telling.subscription, "message_transforms": [broken]}
    with pytest.raises(exceptions.InvalidArgument, match="f does not run"):
        own.subscriber.update_subscription(
            request={"subscription": changed, "update_mask": {"paths": ["message_transforms"]}}
        )
