"""Seeks and snapshots without gRPC: what is owed after going back or forward."""

from __future__ import annotations

import pytest

from emulator.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from emulator.pubsub.rules import DeliveryRules, Room
from tests.emulator.pubsub.world import TOPIC, World

SNAPSHOT = "projects/p/snapshots/before"
DAY = 86_400


def test_a_topic_with_retention_replays_to_any_subscription() -> None:
    """Even one that was made later, and as far back as the topic keeps its messages."""
    world = World(retention_seconds=3600)
    world.publish("forgotten")
    world.pass_seconds(1800)
    world.publish("kept")
    world.pass_seconds(2400)
    late = world.subscribe("late")
    assert world.acknowledge(late) == []
    world.subscriptions.seek_to_time(late.name, 0)
    assert world.acknowledge(late) == ["kept"]


def test_without_retention_a_seek_back_brings_nothing() -> None:
    """What was acknowledged and is retained nowhere is gone."""
    world = World()
    subscription = world.subscribe("replica")
    world.publish("a", "b")
    world.acknowledge(subscription, 1)
    world.subscriptions.seek_to_time(subscription.name, 0)
    assert world.acknowledge(subscription) == ["b"]
    assert not world.topics.get(TOPIC).log._messages


def test_a_seek_forward_acknowledges_and_invalidates_leases() -> None:
    """What is out at the time is dropped too; its ack id no longer counts."""
    world = World()
    subscription = world.subscribe("replica", rules=DeliveryRules(retain_acknowledged=True))
    world.publish("a", "b")
    (entry,) = subscription.backlog.take(Room(messages=1))
    world.subscriptions.seek_to_time(subscription.name, world.now + 1)
    assert entry.ack_id in subscription.backlog.extend([entry.ack_id], seconds=60)
    assert world.acknowledge(subscription) == []
    world.publish("c")
    assert world.acknowledge(subscription) == ["c"]
    world.subscriptions.seek_to_time(subscription.name, 0)
    assert world.acknowledge(subscription) == ["a", "b", "c"]


def test_a_replay_passes_the_filter() -> None:
    """Messages that the subscription never wanted don't come by a seek either."""
    world = World(retention_seconds=3600)
    subscription = world.subscribe("replica", filter="attributes:wanted")
    world.publish("a")
    world.publish("b", wanted="yes")
    world.subscriptions.seek_to_time(subscription.name, 0)
    assert world.acknowledge(subscription) == ["b"]


def test_a_snapshot_brings_back_what_was_owed_and_what_came_later() -> None:
    """Whatever the subscription acknowledged since, and nothing that it had acknowledged before."""
    world = World()
    subscription = world.subscribe("replica")
    world.publish("done", "owed")
    world.acknowledge(subscription, 1)
    world.snapshots.create(SNAPSHOT, subscription.name)
    world.publish("later")
    assert world.acknowledge(subscription) == ["owed", "later"]
    for _ in range(2):
        world.snapshots.seek(subscription.name, SNAPSHOT)
        assert world.acknowledge(subscription) == ["owed", "later"]


def test_another_subscription_of_the_topic_can_seek_to_it() -> None:
    """State is copied from one subscription to another; of another topic, it is refused."""
    world = World()
    first, second = world.subscribe("first"), world.subscribe("second")
    world.publish("a", "b")
    world.acknowledge(first, 1)
    world.snapshots.create(SNAPSHOT, first.name)
    world.acknowledge(second)
    world.snapshots.seek(second.name, SNAPSHOT)
    assert world.acknowledge(second) == ["b"]
    world.topics.create("projects/p/topics/other")
    stranger = world.subscriptions.create("projects/p/subscriptions/x12", "projects/p/topics/other", first.settings)
    with pytest.raises(FailedPrecondition, match="different topics"):
        world.snapshots.seek(stranger.name, SNAPSHOT)


def test_a_topic_keeps_only_what_its_snapshots_need() -> None:
    """When the last snapshot is gone, memory is given back."""
    world = World()
    subscription = world.subscribe("replica")
    log = world.topics.get(TOPIC).log
    world.snapshots.create(SNAPSHOT, subscription.name)
    world.publish("a")
    world.snapshots.create(SNAPSHOT + "-2", subscription.name)
    world.publish("b")
    world.snapshots.delete(SNAPSHOT)
    assert [message.data for message in log._messages] == [b"b"]
    world.snapshots.delete(SNAPSHOT + "-2")
    assert not log._messages


def test_a_snapshot_lives_seven_days_less_its_oldest_message() -> None:
    """One that would end within the hour is refused; at its end it is gone."""
    world = World()
    subscription = world.subscribe("replica", rules=DeliveryRules(retention_seconds=31 * DAY))
    assert world.snapshots.create(SNAPSHOT, subscription.name).expires == world.now + 7 * DAY
    world.publish("a")
    world.pass_seconds(6 * DAY)
    assert world.snapshots.create(SNAPSHOT + "-2", subscription.name).expires == world.now + DAY
    world.pass_seconds(DAY - 1800)
    with pytest.raises(FailedPrecondition, match="less than an hour"):
        world.snapshots.create(SNAPSHOT + "-3", subscription.name)
    world.pass_seconds(1800)
    with pytest.raises(NotFound):
        world.snapshots.get(SNAPSHOT)


def test_snapshots_have_names_of_their_own() -> None:
    """Taken names are refused, a missing one is given by the server."""
    world = World()
    subscription = world.subscribe("replica")
    world.snapshots.create(SNAPSHOT, subscription.name)
    with pytest.raises(AlreadyExists):
        world.snapshots.create(SNAPSHOT, subscription.name)
    with pytest.raises(InvalidArgument):
        world.snapshots.create("projects/p/snapshots/1", subscription.name)
    named = world.snapshots.create("", subscription.name)
    assert named.name.startswith("projects/p/snapshots/")
    assert world.snapshots.of_topic(TOPIC) == sorted([SNAPSHOT, named.name])


def test_a_detached_subscription_has_no_snapshots() -> None:
    """Its messages are gone, and so is the way back."""
    world = World()
    subscription = world.subscribe("replica")
    world.subscriptions.detach(subscription.name)
    for call in (
        lambda: world.snapshots.create(SNAPSHOT, subscription.name),
        lambda: world.subscriptions.seek_to_time(subscription.name, 0),
    ):
        with pytest.raises(FailedPrecondition, match="detached"):
            call()
