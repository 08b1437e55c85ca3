"""Faults of calls by chance: the same seed, the same story; and nothing else is touched."""

from __future__ import annotations

import time

import grpc
import pytest
from google.api_core import exceptions
from google.pubsub_v1.types import StreamingPullRequest

from emulator import Emulator
from tests.emulator.collecting import publish_at_once, pulled, streaming
from tests.emulator.conftest import Clients, Pair, connected


def story(seed: int) -> str:
    """Which of twenty calls fail."""
    said = ""
    with Emulator() as cloud:
        cloud.create_topic("projects/p/topics/abc")
        cloud.fail_some(method="GetTopic", code=grpc.StatusCode.ABORTED, seed=seed, share=0.4)
        for clients in connected(cloud.host):
            for _ in range(20):
                try:
                    clients.publisher.get_topic(topic="projects/p/topics/abc", retry=None)
                    said += "."
                except exceptions.Aborted:
                    said += "x"
    return said


def test_the_seed_decides_which_calls_fail() -> None:
    """About the share that was asked for, and the same ones each time."""
    first = story(7)
    assert 3 <= first.count("x") <= 13
    assert story(7) == first
    assert story(8) != first


def test_any_method_can_fail(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """A star stands for all methods; heal ends it."""
    cloud.fail_some(method="*", code=grpc.StatusCode.RESOURCE_EXHAUSTED, seed=1, share=1)
    with pytest.raises(exceptions.ResourceExhausted):
        own.publisher.get_topic(topic=own_pair.topic, retry=None)
    with pytest.raises(exceptions.ResourceExhausted):
        own.subscriber.get_subscription(subscription=own_pair.subscription, retry=None)
    cloud.heal()
    assert own.publisher.get_topic(topic=own_pair.topic).name == own_pair.topic


def test_answers_can_be_late(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """A client with less patience than the delay sees its deadline exceeded; the other methods are quick."""
    cloud.delay(method="GetTopic", seed=3, within_seconds=20)
    with pytest.raises(exceptions.DeadlineExceeded):
        own.publisher.get_topic(topic=own_pair.topic, retry=None, timeout=0.2)
    before = time.monotonic()
    own.subscriber.get_subscription(subscription=own_pair.subscription)
    assert time.monotonic() - before < 4


def test_streams_can_be_dropped_again_and_again(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """The official client opens a new one each time, and every message is acknowledged in the end."""
    cloud.drop_streams(seed=5, within_seconds=0.2)
    with streaming(own.subscriber, own_pair.subscription) as stream:
        wanted = {b"%d" % number for number in range(30)}
        publish_at_once(own.publisher, own_pair.topic, sorted(wanted))
        said: set[bytes] = set()
        while said != wanted:
            said.update(stream.acknowledge(1))
        cloud.drain(own_pair.subscription)
        assert not stream.future.done()


def test_acknowledgements_can_get_lost(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """The call succeeds, the message comes again when its lease ends."""
    cloud.lose_acks(seed=1, share=1)
    publish_at_once(own.publisher, own_pair.topic, [b"a"])
    (first,) = pulled(own.subscriber, own_pair.subscription)
    own.subscriber.acknowledge(subscription=own_pair.subscription, ack_ids=[first.ack_id])
    assert len(cloud.outstanding(own_pair.subscription)) == 1
    cloud.advance(10)
    cloud.heal()
    (second,) = pulled(own.subscriber, own_pair.subscription)
    own.subscriber.acknowledge(subscription=own_pair.subscription, ack_ids=[second.ack_id])
    assert cloud.outstanding(own_pair.subscription) == []


def test_acknowledgements_on_a_stream_can_get_lost(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """Those that come with the stream's requests, too."""
    cloud.lose_acks(seed=1, share=1)
    publish_at_once(own.publisher, own_pair.topic, [b"a"])
    (first,) = pulled(own.subscriber, own_pair.subscription)
    request = {"subscription": own_pair.subscription, "stream_ack_deadline_seconds": 10, "ack_ids": [first.ack_id]}
    responses = own.subscriber.streaming_pull(requests=iter([StreamingPullRequest(request)]))
    list(responses)  # empty: its only message is leased
    assert len(cloud.outstanding(own_pair.subscription)) == 1
