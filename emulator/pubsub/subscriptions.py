"""Subscriptions: each connects a topic to a backlog, through a filter.

Settings go in as plain values; what a subscription looks like on the wire is kept beside it and is opaque here. When
one is deleted or detached, its watchers are told, so that streams end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from emulator.clock import Clock
from emulator.errors import FailedPrecondition, NotFound, Refusal
from emulator.faults import Faults
from emulator.journal import Journal
from emulator.names import project_of
from emulator.pubsub.backlog import Backlog
from emulator.pubsub.dead_letters import as_dead_letter
from emulator.pubsub.filters import Predicate, compile_filter
from emulator.pubsub.messages import Message
from emulator.pubsub.push import Target
from emulator.pubsub.rules import DeliveryRules
from emulator.pubsub.shelf import Shelf
from emulator.pubsub.topics import Topic, Topics
from emulator.registry import Registry

_MOST_OF_A_PROJECT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a subscription is created with, as far as the emulator acts on it."""

    rules: DeliveryRules = field(default_factory=DeliveryRules)
    filter: str = ""
    dead_letter_topic: str = ""
    pulled: bool = True  # no endpoint or table gets its messages
    push: Target | None = None  # the endpoint
    idle_seconds: float | None = None  # unused for so long, it is deleted
    transform: Callable[[Message], Message | None] | None = None  # what is done to a message on its way out


@dataclass(slots=True, eq=False, kw_only=True)
class Subscription:
    """A subscription and its backlog."""

    name: str
    source: Topic
    settings: Settings
    wanted: Predicate
    backlog: Backlog
    shown: Any  # the resource on the wire
    last_used: float
    deleted: bool = False
    detached: bool = False
    watchers: set[Callable[[], None]] = field(default_factory=set)  # called when it changes or ends
    policy: Any = None  # a google.iam.v1.Policy, if one was set

    @property
    def topic(self) -> str:
        """The topic's name, or what is shown in its place."""
        return self.source.shown_name

    def ends(self, now: float) -> float | None:
        """When it goes if nobody uses it any more; an open stream or a waiting pull is use."""
        if self.settings.idle_seconds is None:
            return None
        return (now if self.watchers else self.last_used) + self.settings.idle_seconds

    def offer(self, messages: list[Message]) -> None:
        """Take over what was published; what the filter doesn't want counts as acknowledged."""
        self.backlog.add(self.filtered(messages) if self.settings.filter else messages)

    def filtered(self, messages: Iterable[Message]) -> list[Message]:
        """What the filter wants."""
        return [message for message in messages if self.wanted(message.attributes)]

    def check_usable(self) -> None:
        """Refuse when messages can no longer be had here."""
        if self.deleted:
            raise NotFound(f"Subscription {self.name} does not exist.")
        if self.detached:
            raise FailedPrecondition(f"Subscription {self.name} is detached from its topic.")

    def check_pulled(self) -> None:
        """Refuse when messages can't be pulled."""
        self.check_usable()
        if not self.settings.pulled:
            raise FailedPrecondition(f"This method is not supported for this subscription type ({self.name}).")

    def tell_watchers(self) -> None:
        """Let streams and waiting pulls look again."""
        for watcher in tuple(self.watchers):
            watcher()


class Subscriptions:
    """All subscriptions of the emulator."""

    def __init__(
        self, topics: Topics, *, clock: Clock, faults: Faults | None = None, journal: Journal | None = None
    ) -> None:
        self._topics = topics
        self._clock = clock
        self._faults = faults or Faults()
        self._subscriptions: Registry[Subscription] = Registry(
            "subscriptions", most=_MOST_OF_A_PROJECT, journal=journal
        )
        self._journal = journal
        self.on_new: Callable[[Subscription], None] = lambda _: None
        self.on_deleted: Callable[[Subscription], None] = lambda _: None
        self.on_change: Callable[[Subscription], None] = lambda _: None
        self.on_push: Callable[[Subscription], None] = lambda _: None  # its messages may have to go elsewhere

    def create(self, name: str, topic: str, settings: Settings, *, shown: Any = None) -> Subscription:
        """Add a subscription: it gets what is published from now on. Without a name, it is given one."""
        if not name:
            name = self._subscriptions.free_name(project_of(self._topics.get(topic).name))
        self._subscriptions.check_free(name)
        source = self._topics.get(topic)
        self._check_dead_letter_topic(settings)
        return self.add(name, source, settings, shown=shown)

    def add(self, name: str, source: Topic, settings: Settings, *, shown: Any, detached: bool = False) -> Subscription:
        """The same without a question: there was such a subscription before."""
        subscription = Subscription(
            name=name,
            source=source,
            settings=settings,
            wanted=compile_filter(settings.filter),
            backlog=Backlog(settings.rules, clock=self._clock, faults=self._faults, shelf=Shelf(self._journal, name)),
            shown=shown,
            last_used=self._clock(),
            detached=detached,
        )
        subscription.backlog.transform = settings.transform
        subscription.backlog.dead_letter = lambda message, attempts: self._dead_letter(subscription, message, attempts)
        self._subscriptions.add(name, subscription)
        if not detached:
            source.followers[name] = subscription
        self.on_new(subscription)
        self.on_change(subscription)
        self.on_push(subscription)
        return subscription

    def change(self, name: str, settings: Settings, *, shown: Any) -> Subscription:
        """Give a subscription other settings; topic, filter and ordering stay."""
        subscription = self.get(name)
        if settings.dead_letter_topic != subscription.settings.dead_letter_topic:
            self._check_dead_letter_topic(settings)
        subscription.shown = shown
        subscription.settings = settings
        subscription.last_used = self._clock()
        subscription.backlog.transform = settings.transform
        subscription.backlog.change(settings.rules)
        subscription.tell_watchers()
        self._subscriptions.changed(name)
        self.on_change(subscription)
        self.on_push(subscription)
        return subscription

    def get(self, name: str) -> Subscription:
        """The subscription of that name."""
        return self._subscriptions.get(name)

    def usable(self, name: str) -> Subscription:
        """The subscription of that name for a client's use of its messages, if it is connected to its topic."""
        subscription = self.get(name)
        subscription.check_usable()
        subscription.last_used = self._clock()
        return subscription

    def delete(self, name: str) -> None:
        """Take the subscription and its messages away."""
        subscription = self._subscriptions.remove(name)
        subscription.deleted = True
        self._disconnect(subscription)
        self.on_deleted(subscription)

    def detach(self, name: str) -> Subscription:
        """Cut the subscription off its topic; its messages are dropped."""
        subscription = self.get(name)
        subscription.detached = True
        self._subscriptions.changed(name)
        self._disconnect(subscription)
        return subscription

    def seek_to_time(self, name: str, since: float) -> None:
        """Owe what was published since then, as far as subscription or topic retain it."""
        subscription = self.usable(name)
        kept = subscription.backlog.known()
        if not subscription.source.deleted:
            kept += subscription.filtered(subscription.source.log.retained(now=self._clock()))
        subscription.backlog.owe(message for message in kept if message.publish_time >= since)

    def all(self) -> list[Subscription]:
        """Every subscription."""
        return list(self._subscriptions)

    def of_project(self, project: str) -> dict[str, Subscription]:
        """The subscriptions of a project by name, in order."""
        return self._subscriptions.of_project(project)

    def _disconnect(self, subscription: Subscription) -> None:
        subscription.source.followers.pop(subscription.name, None)
        subscription.backlog.drop()
        subscription.tell_watchers()
        self.on_push(subscription)

    def _check_dead_letter_topic(self, settings: Settings) -> None:
        if settings.dead_letter_topic:
            self._topics.get(settings.dead_letter_topic)

    def _dead_letter(self, subscription: Subscription, message: Message, attempts: int) -> bool:
        topic = subscription.settings.dead_letter_topic
        if not self._topics.exists(topic):
            return False  # as in the cloud, the message goes on being delivered
        draft = as_dead_letter(message, subscription=subscription.name, attempts=attempts)
        try:
            self._topics.publish(topic, [draft], forwarded=True)
        except Refusal:  # the dead-letter topic has a schema that the message does not fit
            return False
        return True
