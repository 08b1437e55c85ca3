"""What a test can ask of its own emulator: faults, time, inspection."""

from __future__ import annotations

import grpc
import pytest
from google.api_core import exceptions

from emulator import Emulator
from tests.emulator.collecting import bare_stream, publish_at_once, pulled, streaming
from tests.emulator.conftest import Clients, Pair


def test_what_was_published_and_acknowledged_can_be_asked(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """published, outstanding and acknowledged follow a message through its life."""
    publish_at_once(own.publisher, own_pair.topic, [b"a", b"b"])
    first, _ = pulled(own.subscriber, own_pair.subscription)
    own.subscriber.acknowledge(subscription=own_pair.subscription, ack_ids=[first.ack_id])
    assert [each.data for each in cloud.published(own_pair.topic)] == [b"a", b"b"]
    assert [each.data for each in cloud.acknowledged(own_pair.subscription)] == [b"a"]
    assert [each.data for each in cloud.outstanding(own_pair.subscription)] == [b"b"]


def test_the_record_says_what_happened_when(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """Delivered, returned when the lease ends, delivered again, acknowledged: each with attempt and time."""
    publish_at_once(own.publisher, own_pair.topic, [b"a"])
    pulled(own.subscriber, own_pair.subscription)
    cloud.advance(10)
    (second,) = pulled(own.subscriber, own_pair.subscription)
    own.subscriber.acknowledge(subscription=own_pair.subscription, ack_ids=[second.ack_id])
    record = cloud.record(own_pair.subscription)
    told = [(event.what, event.attempt, event.message.data) for event in record]
    assert told == [
        ("delivered", 1, b"a"),
        ("returned", 1, b"a"),
        ("delivered", 2, b"a"),
        ("acknowledged", 2, b"a"),
    ]
    published, times = record[0].message.publish_time, [event.when for event in record]
    assert [published, *times] == sorted([published, *times])
    assert 10 <= times[1] - times[0] < 20


def test_a_planned_failure_hits_as_often_as_asked(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """The calls fail with the given code, take no effect, and then work again."""
    cloud.fail(method="Publish", code=grpc.StatusCode.PERMISSION_DENIED, times=2)
    for _ in range(2):
        with pytest.raises(exceptions.PermissionDenied):
            publish_at_once(own.publisher, own_pair.topic, [b"lost"])
    publish_at_once(own.publisher, own_pair.topic, [b"kept"])
    assert [each.data for each in cloud.published(own_pair.topic)] == [b"kept"]


def test_the_official_client_outlasts_unavailable(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """A passing UNAVAILABLE is retried by the client: the message arrives, once."""
    cloud.fail(method="Publish", code=grpc.StatusCode.UNAVAILABLE, times=1)
    own.publisher.publish(own_pair.topic, b"kept").result(timeout=10)
    assert [each.data for each in cloud.published(own_pair.topic)] == [b"kept"]


def test_a_lost_answer_leads_to_a_second_message(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """With `after`, the call takes effect and the client's retry publishes again."""
    cloud.fail(method="Publish", code=grpc.StatusCode.UNAVAILABLE, after=True)
    own.publisher.publish(own_pair.topic, b"twice").result(timeout=10)
    assert [each.data for each in cloud.published(own_pair.topic)] == [b"twice", b"twice"]


def test_heal_ends_all_faults(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """After heal nothing fails that was planned."""
    cloud.fail(method="Publish", code=grpc.StatusCode.PERMISSION_DENIED, times=100)
    cloud.duplicate(seed=1, share=1.0)
    cloud.heal()
    publish_at_once(own.publisher, own_pair.topic, [b"fine"])
    assert len(pulled(own.subscriber, own_pair.subscription)) == 1
    assert pulled(own.subscriber, own_pair.subscription) == []


def test_duplicates_come_as_often_as_asked(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """A share of the messages is delivered twice, each delivery with its own ack id."""
    cloud.duplicate(seed=7, share=0.2)
    publish_at_once(own.publisher, own_pair.topic, [b"%d" % number for number in range(500)])
    received = pulled(own.subscriber, own_pair.subscription)
    assert 540 < len(received) < 660
    assert len({each.ack_id for each in received}) == len(received)
    assert len({each.message.message_id for each in received}) == 500


def test_shuffling_reorders_and_loses_nothing(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """Deliveries overtake each other; all arrive."""
    cloud.shuffle(seed=7)
    wanted = [b"%d" % number for number in range(200)]
    with streaming(own.subscriber, own_pair.subscription) as stream:
        publish_at_once(own.publisher, own_pair.topic, wanted)
        said = stream.acknowledge(len(wanted))
    assert said != wanted
    assert sorted(said) == sorted(wanted)


def test_leases_lapse_when_the_clock_moves(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """Nobody has to wait for a deadline."""
    publish_at_once(own.publisher, own_pair.topic, [b"a"])
    (first,) = pulled(own.subscriber, own_pair.subscription)
    cloud.advance(10)
    (second,) = pulled(own.subscriber, own_pair.subscription)
    assert first.message == second.message
    assert first.ack_id != second.ack_id


def test_leases_lapse_by_themselves(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """A waiting client gets what another one let lapse, with nobody touching the clock."""
    publish_at_once(own.publisher, own_pair.topic, [b"a"])
    (first,) = pulled(own.subscriber, own_pair.subscription)
    cloud.advance(9.8)
    with streaming(own.subscriber, own_pair.subscription) as stream:
        assert stream.next().message_id == first.message.message_id


def test_streams_can_be_broken_off(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """After UNAVAILABLE the official client opens a new stream by itself."""
    with streaming(own.subscriber, own_pair.subscription) as stream:
        publish_at_once(own.publisher, own_pair.topic, [b"before"])
        assert stream.acknowledge(1) == [b"before"]
        cloud.break_streams()
        publish_at_once(own.publisher, own_pair.topic, [b"after"])
        while stream.acknowledge(1) != [b"after"]:
            pass  # "before" again, if its acknowledgement was still on its way
        assert not stream.future.done()


def test_dead_letters_reach_their_topic(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """After its last attempt a message is published to the dead-letter topic, with where it came from."""
    source = own_pair.subscription + "-strict"
    graveyard = own_pair.topic + "-dead"
    cloud.create_topic(graveyard)
    policy = {"dead_letter_topic": graveyard, "max_delivery_attempts": 5}
    cloud.create_subscription(source, own_pair.topic, dead_letter_policy=policy)
    publish_at_once(own.publisher, own_pair.topic, [b"poison"])
    for attempt in range(1, 6):
        (received,) = pulled(own.subscriber, source)
        assert received.delivery_attempt == attempt
        own.subscriber.modify_ack_deadline(subscription=source, ack_ids=[received.ack_id], ack_deadline_seconds=0)
    (dead,) = cloud.published(graveyard)
    assert dead.data == b"poison"
    assert dead.attributes["CloudPubSubDeadLetterSourceSubscription"] == source.rpartition("/")[2]


def test_a_detached_subscription_says_so(own: Clients, own_pair: Pair) -> None:
    """After a detach the subscription exists and gives nothing."""
    own.publisher.detach_subscription(request={"subscription": own_pair.subscription})
    assert own.subscriber.get_subscription(subscription=own_pair.subscription).detached
    with pytest.raises(exceptions.FailedPrecondition):
        pulled(own.subscriber, own_pair.subscription)


def test_a_seek_to_a_time_replays(cloud: Emulator, own: Clients, names: Pair) -> None:
    """What was acknowledged since then and is retained comes again."""
    cloud.create_topic(names.topic)
    cloud.create_subscription(names.subscription, names.topic, retain_acked_messages=True)
    publish_at_once(own.publisher, names.topic, [b"a"])
    (received,) = pulled(own.subscriber, names.subscription)
    own.subscriber.acknowledge(subscription=names.subscription, ack_ids=[received.ack_id])
    own.subscriber.seek(request={"subscription": names.subscription, "time": received.message.publish_time})
    assert [each.message.data for each in pulled(own.subscriber, names.subscription)] == [b"a"]


def test_a_test_can_publish_and_wait_until_everything_is_acknowledged(
    cloud: Emulator, own: Clients, own_pair: Pair
) -> None:
    """drain returns with the last acknowledgement; without one it says what is owed."""
    cloud.publish(own_pair.topic, b"a", ordering_key="k", origin="north")
    with pytest.raises(TimeoutError, match="still owes 1 messages"):
        cloud.drain(own_pair.subscription, timeout_seconds=0.05)
    with streaming(own.subscriber, own_pair.subscription) as stream:
        assert stream.acknowledge(1) == [b"a"]
        cloud.drain(own_pair.subscription)
    assert cloud.outstanding(own_pair.subscription) == []


def test_a_fault_that_could_never_happen_is_an_error(cloud: Emulator) -> None:
    """A misspelt method or an impossible share does not pass in silence."""
    with pytest.raises(ValueError, match="no method Publsh; it has Acknowledge, "):
        cloud.fail(method="Publsh", code=grpc.StatusCode.UNAVAILABLE)
    with pytest.raises(ValueError, match="between 0 and 1"):
        cloud.duplicate(seed=1, share=20)


def test_a_pull_can_fail(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """The waiting calls fail like the others."""
    cloud.fail(method="Pull", code=grpc.StatusCode.PERMISSION_DENIED)
    with pytest.raises(exceptions.PermissionDenied):
        pulled(own.subscriber, own_pair.subscription)


def test_a_stream_can_fail_when_it_opens(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """A stream is refused before it delivers anything."""
    cloud.fail(method="StreamingPull", code=grpc.StatusCode.PERMISSION_DENIED)
    with (
        bare_stream(own.subscriber, own_pair.subscription) as responses,
        pytest.raises(exceptions.PermissionDenied),
    ):
        next(responses)
