"""Topics: who subscribes to them, and what they keep.

Drafts of messages go in and come out as messages with id and time, in the backlog of each subscription. What a topic
looks like on the wire is kept beside it and is opaque here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.clock import Clock
from emulator.journal import Journal, Oblivion
from emulator.pubsub.drafts import Draft, check_drafts
from emulator.pubsub.log import Log
from emulator.pubsub.messages import Message, published
from emulator.registry import Registry

DELETED = "_deleted-topic_"
_MOST_OF_A_PROJECT = 10_000


class Follower(Protocol):
    """Who gets what is published: a subscription."""

    def offer(self, messages: list[Message]) -> None:
        """Take over what was published."""


class Admission(Protocol):
    """Has a say in what is published to a topic, by the topic's own settings. `shown` is the topic on the wire."""

    def check(self, shown: Any) -> None:
        """Refuse settings that make no sense."""

    def admit(self, shown: Any, drafts: list[Draft]) -> list[Draft]:
        """The drafts as they will be published, or a refusal of them all."""


@dataclass(slots=True, eq=False)
class Topic:
    """A topic and the subscriptions that it feeds."""

    name: str
    shown: Any  # the resource on the wire
    followers: dict[str, Follower] = field(default_factory=dict)  # {subscription: itself}
    log: Log = field(default_factory=Log)
    published: list[Message] = field(default_factory=list)  # only with a history
    policy: Any = None  # a google.iam.v1.Policy, if one was set
    deleted: bool = False

    @property
    def shown_name(self) -> str:
        """What its subscriptions and snapshots show."""
        return DELETED if self.deleted else self.name


class Topics:
    """All topics of the emulator."""

    def __init__(
        self,
        *,
        clock: Clock,
        history: bool = False,
        admissions: Sequence[Admission] = (),
        journal: Journal | None = None,
    ) -> None:
        self._clock = clock
        self._admissions = admissions
        self._history = history
        self._topics: Registry[Topic] = Registry("topics", most=_MOST_OF_A_PROJECT, journal=journal)
        self._journal = journal or Oblivion()
        self.next_number = 1  # of the next message

    def create(self, name: str, shown: Any = None, *, retention_seconds: float | None = None) -> Topic:
        """Add a topic."""
        self._topics.check_free(name)
        self._check_settings(shown)
        return self.add(name, shown, retention_seconds=retention_seconds)

    def add(self, name: str, shown: Any, *, retention_seconds: float | None) -> Topic:
        """The same without a question: there was such a topic before."""
        topic = Topic(name, shown, log=Log(self._journal, name))
        topic.log.retention_seconds = retention_seconds
        self._topics.add(name, topic)
        return topic

    def change(self, name: str, shown: Any, *, retention_seconds: float | None = None) -> Topic:
        """Give a topic other settings."""
        topic = self.get(name)
        self._check_settings(shown)
        topic.shown = shown
        topic.log.retention_seconds = retention_seconds
        topic.log.prune(self._clock())
        self._topics.changed(name)
        return topic

    def changed(self, name: str) -> None:
        """What is shown of the topic is another than before."""
        self._topics.changed(name)

    def exists(self, name: str) -> bool:
        """Whether there is a topic of that name."""
        return name in self._topics

    def get(self, name: str) -> Topic:
        """The topic of that name."""
        return self._topics.get(name)

    def delete(self, name: str) -> None:
        """Take the topic away; its subscriptions keep what they have."""
        topic = self._topics.remove(name)
        topic.deleted = True
        self._journal.forget(name)
        for follower in topic.followers:
            self._journal.changed("subscriptions", follower)
        for snapshot in topic.log.pins:
            self._journal.changed("snapshots", snapshot)

    def of_project(self, project: str) -> dict[str, Topic]:
        """The topics of a project by name, in order."""
        return self._topics.of_project(project)

    def all(self) -> list[Topic]:
        """Every topic."""
        return list(self._topics)

    def publish(self, name: str, drafts: Iterable[Draft], *, forwarded: bool = False) -> list[str]:
        """Hand messages to every subscription and return their ids; forwarded ones have been published before."""
        topic = self.get(name)
        accepted = list(drafts)
        if not forwarded:
            check_drafts(accepted)
        for admission in self._admissions:
            accepted = admission.admit(topic.shown, accepted)
        now = self._clock()
        messages = [self._message(draft, now) for draft in accepted]
        going = [message for message, draft in zip(messages, accepted, strict=True) if not draft.stopped]
        topic.log.append(going, now=now)
        if self._history:
            topic.published.extend(going)
        for follower in tuple(topic.followers.values()):
            follower.offer(going)
        return [message.message_id for message in messages]

    def _check_settings(self, shown: Any) -> None:
        for admission in self._admissions:
            admission.check(shown)

    def _message(self, draft: Draft, now: float) -> Message:
        number = self.next_number
        self.next_number += 1
        return published(draft, number=number, publish_time=now)
