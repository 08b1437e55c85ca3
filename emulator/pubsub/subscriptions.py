"""Subscriptions: each connects a topic to a backlog, through a filter.

Settings go in as plain values; what a subscription looks like on the wire is kept beside it and is opaque here. When
one is deleted or detached, its listeners are told, so that streams end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator import names
from emulator.clock import Clock
from emulator.errors import AlreadyExists, FailedPrecondition, NotFound, Refusal
from emulator.faults import Faults
from emulator.pubsub.backlog import Backlog
from emulator.pubsub.filters import compile_filter
from emulator.pubsub.messages import Message
from emulator.pubsub.rules import DeliveryRules
from emulator.pubsub.topics import DELETED, Draft, Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a subscription is created with, as far as the emulator acts on it."""

    rules: DeliveryRules = field(default_factory=DeliveryRules)
    filter: str = ""
    dead_letter_topic: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Subscription:
    """A subscription and its backlog."""

    name: str
    topic: str
    backlog: Backlog
    shown: Any  # the resource on the wire
    deleted: bool = False
    detached: bool = False
    watchers: set[Callable[[], None]] = field(default_factory=set)  # called when it is no longer usable
    policy: Any = None  # a google.iam.v1.Policy, if one was set

    def check_usable(self) -> None:
        """Refuse when messages can no longer be had here."""
        if self.deleted:
            raise NotFound(f"Subscription {self.name} does not exist.")
        if self.detached:
            raise FailedPrecondition(f"Subscription {self.name} is detached from its topic.")


class Subscriptions:
    """All subscriptions of the emulator."""

    def __init__(self, topics: Topics, *, clock: Clock, faults: Faults | None = None) -> None:
        self._topics = topics
        self._clock = clock
        self._faults = faults or Faults()
        self._subscriptions: dict[str, Subscription] = {}
        self.on_new: Callable[[Subscription], None] = lambda _: None

    def create(self, name: str, topic: str, settings: Settings, *, shown: Any = None) -> Subscription:
        """Add a subscription: it gets what is published from now on."""
        names.check(name, "subscriptions")
        if name in self._subscriptions:
            raise AlreadyExists(f"Subscription {name} already exists.")
        source = self._topics.get(topic)
        wanted = compile_filter(settings.filter)
        backlog = Backlog(settings.rules, clock=self._clock, faults=self._faults)
        backlog.dead_letter = self._dead_letters(name, settings)
        subscription = Subscription(name=name, topic=topic, backlog=backlog, shown=shown)

        def feed(messages: list[Message]) -> None:
            backlog.add(messages if not settings.filter else [m for m in messages if wanted(m.attributes)])

        source.feeds[name] = feed
        self._subscriptions[name] = subscription
        self.on_new(subscription)
        return subscription

    def change(self, name: str, settings: Settings, *, shown: Any) -> Subscription:
        """Give a subscription other settings; topic, filter and ordering stay."""
        subscription = self.get(name)
        subscription.shown = shown
        subscription.backlog.rules = settings.rules
        subscription.backlog.dead_letter = self._dead_letters(name, settings)
        return subscription

    def get(self, name: str) -> Subscription:
        """The subscription of that name."""
        found = self._subscriptions.get(name)
        if found is None:
            names.check(name, "subscriptions")
            raise NotFound(f"Subscription {name} does not exist.")
        return found

    def usable(self, name: str) -> Subscription:
        """The subscription of that name, if it is connected to its topic."""
        subscription = self.get(name)
        subscription.check_usable()
        return subscription

    def orphan(self, topic: str) -> None:
        """The topic is gone; its subscriptions stay and keep what they have."""
        for subscription in self.all():
            if subscription.topic == topic:
                subscription.topic = DELETED

    def delete(self, name: str) -> None:
        """Take the subscription and its messages away."""
        subscription = self.get(name)
        del self._subscriptions[name]
        subscription.deleted = True
        self._disconnect(subscription)

    def detach(self, name: str) -> Subscription:
        """Cut the subscription off its topic; its messages are dropped."""
        subscription = self.get(name)
        subscription.detached = True
        self._disconnect(subscription)
        return subscription

    def all(self) -> list[Subscription]:
        """Every subscription, by name."""
        return [self._subscriptions[name] for name in sorted(self._subscriptions)]

    def of_project(self, project: str) -> list[Subscription]:
        """The subscriptions of a project, by name."""
        prefix = names.check_project(project) + "/"
        return [subscription for subscription in self.all() if subscription.name.startswith(prefix)]

    def _disconnect(self, subscription: Subscription) -> None:
        if self._topics.exists(subscription.topic):
            self._topics.get(subscription.topic).feeds.pop(subscription.name, None)
        subscription.backlog.drop()
        for watcher in tuple(subscription.watchers):
            watcher()

    def _dead_letters(self, name: str, settings: Settings) -> Callable[[Message, int], bool]:
        def forward(message: Message, attempts: int) -> bool:
            if not self._topics.exists(settings.dead_letter_topic):
                return False  # as in the cloud, the message goes on being delivered
            attributes = {
                **message.attributes,
                "CloudPubSubDeadLetterSourceDeliveryCount": str(attempts),
                "CloudPubSubDeadLetterSourceSubscription": name.rpartition("/")[2],
                "CloudPubSubDeadLetterSourceSubscriptionProject": name.split("/")[1],
            }
            draft = Draft(data=message.data, attributes=attributes, ordering_key=message.ordering_key)
            try:
                self._topics.publish(settings.dead_letter_topic, [draft], forwarded=True)
            except Refusal:  # the dead-letter topic has a schema that the message does not fit
                return False
            return True

        return forward
