"""Topics, subscriptions and snapshots with a clock in the test's hand."""

from __future__ import annotations

from typing import Any

from emulator.pubsub.drafts import Draft
from emulator.pubsub.expiry import Expiry
from emulator.pubsub.rules import DeliveryRules, Room
from emulator.pubsub.snapshots import Snapshots
from emulator.pubsub.subscriptions import Settings, Subscription, Subscriptions
from emulator.pubsub.topics import Topics

TOPIC = "projects/p/topics/orders"


class World:
    """One topic, and what a test adds."""

    def __init__(self, *, retention_seconds: float | None = None) -> None:
        self.now = 1_000_000.0
        self.alarms: list[float] = []
        self.topics = Topics(clock=lambda: self.now)
        self.subscriptions = Subscriptions(self.topics, clock=lambda: self.now)
        self.snapshots = Snapshots(self.topics, self.subscriptions, clock=lambda: self.now)
        self.expiry = Expiry(self.subscriptions, self.snapshots, clock=lambda: self.now)
        self.expiry.ring_at = self.alarms.append
        self.topics.create(TOPIC, retention_seconds=retention_seconds)

    def subscribe(self, name: str, *, rules: DeliveryRules | None = None, **settings: Any) -> Subscription:
        """A subscription of the topic."""
        chosen = Settings(rules=rules or DeliveryRules(), **settings)
        return self.subscriptions.create(f"projects/p/subscriptions/{name}", TOPIC, chosen)

    def publish(self, *data: str, topic: str = TOPIC, **attributes: str) -> None:
        """Publish messages."""
        self.topics.publish(topic, [Draft(data=each.encode(), attributes=attributes) for each in data])

    def pass_seconds(self, seconds: float) -> None:
        """Time goes by."""
        self.now += seconds
        for subscription in self.subscriptions.all():
            subscription.backlog.tick()
        self.expiry.tick()

    @staticmethod
    def acknowledge(subscription: Subscription, messages: int = 1000) -> list[str]:
        """Take and acknowledge messages, and say what they said."""
        entries = subscription.backlog.take(Room(messages=messages))
        subscription.backlog.acknowledge([entry.ack_id for entry in entries])
        return [entry.message.data.decode() for entry in entries]
