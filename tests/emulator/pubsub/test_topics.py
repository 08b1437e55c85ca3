"""Topics and subscriptions without gRPC: what a message may look like, and who gets it."""

from __future__ import annotations

import pytest

from emulator.errors import FailedPrecondition, InvalidArgument, NotFound, Refusal
from emulator.pubsub.drafts import Draft
from emulator.pubsub.rules import Room
from emulator.pubsub.subscriptions import Settings, Subscriptions
from emulator.pubsub.topics import Topics

TOPIC = "projects/p/topics/orders"
SUBSCRIPTION = "projects/p/subscriptions/orders-replica"


def stage() -> tuple[Topics, Subscriptions]:
    """A topic with a subscription, at a fixed time."""
    topics = Topics(clock=lambda: 1_000_000.0)
    subscriptions = Subscriptions(topics, clock=lambda: 1_000_000.0)
    topics.create(TOPIC)
    subscriptions.create(SUBSCRIPTION, TOPIC, Settings())
    return topics, subscriptions


@pytest.mark.parametrize(
    "draft",
    [
        Draft(),
        Draft(data=b"x", ordering_key="k" * 1025),
        Draft(data=b"x", attributes={"": "empty key"}),
        Draft(data=b"x", attributes={"googling": "reserved"}),
        Draft(data=b"x", attributes={"k" * 257: "long key"}),
        Draft(data=b"x", attributes={"k": "v" * 1025}),
        Draft(data=b"x", attributes={f"k{number}": "v" for number in range(101)}),
    ],
)
def test_a_message_outside_the_limits_is_refused_with_its_whole_request(draft: Draft) -> None:
    """One bad message, and nothing of the request is published."""
    topics, subscriptions = stage()
    with pytest.raises(InvalidArgument):
        topics.publish(TOPIC, [Draft(data=b"good"), draft])
    assert subscriptions.get(SUBSCRIPTION).backlog.unacknowledged == {}


def test_a_request_has_one_to_a_thousand_messages() -> None:
    """Neither nothing nor more than the cloud takes."""
    topics, _ = stage()
    for count in (0, 1001):
        with pytest.raises(InvalidArgument):
            topics.publish(TOPIC, [Draft(data=b"x")] * count)


def test_what_a_deleted_topic_published_stays() -> None:
    """The subscription still delivers what it had."""
    topics, subscriptions = stage()
    topics.publish(TOPIC, [Draft(data=b"x")])
    topics.delete(TOPIC)
    assert len(subscriptions.usable(SUBSCRIPTION).backlog.take(Room(messages=10))) == 1
    subscriptions.delete(SUBSCRIPTION)


@pytest.mark.parametrize(("end", "refusal"), [("delete", NotFound), ("detach", FailedPrecondition)])
def test_ended_subscriptions_refuse_and_wake_their_listeners(end: str, refusal: type[Refusal]) -> None:
    """Who waits at a deleted or detached subscription hears of it at once, and gets nothing more."""
    topics, subscriptions = stage()
    subscription = subscriptions.get(SUBSCRIPTION)
    topics.publish(TOPIC, [Draft(data=b"x")])
    told: list[str] = []
    subscription.watchers.add(lambda: told.append("woken"))
    getattr(subscriptions, end)(SUBSCRIPTION)
    assert told == ["woken"]
    with pytest.raises(refusal):
        subscription.check_usable()
    topics.publish(TOPIC, [Draft(data=b"y")])
    assert subscription.backlog.unacknowledged == {}
