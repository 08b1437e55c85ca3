"""Dead letters: where they go, and what they carry."""

from __future__ import annotations

from emulator.pubsub.rules import DeliveryRules, Room
from tests.emulator.pubsub.world import World

DEAD = "projects/q/topics/dead-letters"


def test_a_dead_letter_says_where_it_comes_from() -> None:
    """Data and attributes stay; source, attempts and time of the first publish are added."""
    world = World()
    world.topics.create(DEAD)
    grave = world.subscriptions.create("projects/q/subscriptions/grave", DEAD, world.subscribe("other").settings)
    subscription = world.subscribe("replica", rules=DeliveryRules(max_attempts=5), dead_letter_topic=DEAD)
    world.publish("poison", colour="green")
    for _ in range(5):
        (entry,) = subscription.backlog.take(Room(messages=1))
        world.pass_seconds(10)
    (dead,) = grave.backlog.take(Room(messages=1))
    assert dead.message.data == b"poison"
    assert dead.message.attributes == {
        "colour": "green",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": "replica",
        "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
        "CloudPubSubDeadLetterSourceTopicPublishTime": "1970-01-12T13:46:40.000+00:00",
    }
    assert subscription.backlog.unacknowledged == {}
    assert entry.message.message_id != dead.message.message_id


def test_a_dead_letter_may_have_more_attributes_than_a_publisher_may_send() -> None:
    """The limit of a hundred is the publisher's."""
    world = World()
    world.topics.create(DEAD)
    grave = world.subscriptions.create("projects/q/subscriptions/grave", DEAD, world.subscribe("other").settings)
    subscription = world.subscribe("replica", rules=DeliveryRules(max_attempts=5), dead_letter_topic=DEAD)
    world.publish("poison", **{f"key{number}": "x" for number in range(100)})
    for _ in range(5):
        (entry,) = subscription.backlog.take(Room(messages=1))
        subscription.backlog.extend([entry.ack_id], seconds=0)
    assert len(grave.backlog.take(Room(messages=1))[0].message.attributes) == 104


def test_a_missing_dead_letter_topic_keeps_the_message() -> None:
    """When the topic was deleted, the message goes on being delivered."""
    world = World()
    world.topics.create(DEAD)
    subscription = world.subscribe("replica", rules=DeliveryRules(max_attempts=5), dead_letter_topic=DEAD)
    world.topics.delete(DEAD)
    world.publish("poison")
    for _ in range(7):
        (entry,) = subscription.backlog.take(Room(messages=1))
        subscription.backlog.extend([entry.ack_id], seconds=0)
    assert entry.attempts == 7
