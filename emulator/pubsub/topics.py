"""Topics: who subscribes to them, and what was published.

Drafts of messages go in and come out as messages with id and time, in the backlog of each subscription. What a topic
looks like on the wire is kept beside it and is opaque here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from emulator import names
from emulator.clock import Clock
from emulator.errors import AlreadyExists, InvalidArgument, NotFound
from emulator.pubsub.messages import Message

DELETED = "_deleted-topic_"
MAX_REQUEST_BYTES = 10_000_000
MAX_MESSAGES = 1000
_MAX_ORDERING_KEY_BYTES = 1024
_MAX_ATTRIBUTES = 100
_MAX_KEY_BYTES = 256
_MAX_VALUE_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message as the publisher sent it."""

    data: bytes = b""
    attributes: Mapping[str, str] = field(default_factory=dict)
    ordering_key: str = ""


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
    feeds: dict[str, Callable[[list[Message]], None]] = field(default_factory=dict)  # {subscription: add messages}
    published: list[Message] = field(default_factory=list)  # only with a history
    policy: Any = None  # a google.iam.v1.Policy, if one was set


class Topics:
    """All topics of the emulator."""

    def __init__(self, *, clock: Clock, history: bool = False, admissions: Sequence[Admission] = ()) -> None:
        self._clock = clock
        self._admissions = admissions
        self._history = history
        self._topics: dict[str, Topic] = {}
        self._ids = count(1)

    def create(self, name: str, shown: Any = None) -> Topic:
        """Add a topic."""
        names.check(name, "topics")
        if name in self._topics:
            raise AlreadyExists(f"Topic {name} already exists.")
        self._check_settings(shown)
        self._topics[name] = Topic(name, shown)
        return self._topics[name]

    def change(self, name: str, shown: Any) -> Topic:
        """Give a topic other settings."""
        topic = self.get(name)
        self._check_settings(shown)
        topic.shown = shown
        return topic

    def exists(self, name: str) -> bool:
        """Whether there is a topic of that name."""
        return name in self._topics

    def get(self, name: str) -> Topic:
        """The topic of that name."""
        found = self._topics.get(name)
        if found is None:
            names.check(name, "topics")
            raise NotFound(f"Topic {name} does not exist.")
        return found

    def delete(self, name: str) -> None:
        """Take the topic away."""
        del self._topics[self.get(name).name]

    def all(self) -> list[Topic]:
        """Every topic, by name."""
        return [self._topics[name] for name in sorted(self._topics)]

    def of_project(self, project: str) -> list[Topic]:
        """The topics of a project, by name."""
        prefix = names.check_project(project) + "/"
        return [topic for topic in self.all() if topic.name.startswith(prefix)]

    def publish(self, name: str, drafts: Iterable[Draft], *, forwarded: bool = False) -> list[str]:
        """Hand messages to every subscription and return their ids; forwarded ones have been published before."""
        topic = self.get(name)
        accepted = list(drafts)
        if not forwarded:
            _check(accepted)
        for admission in self._admissions:
            accepted = admission.admit(topic.shown, accepted)
        now = self._clock()
        messages = [
            Message(
                data=draft.data,
                attributes=draft.attributes,
                ordering_key=draft.ordering_key,
                message_id=str(next(self._ids)),
                publish_time=now,
            )
            for draft in accepted
        ]
        if self._history:
            topic.published.extend(messages)
        for feed in tuple(topic.feeds.values()):
            feed(messages)
        return [message.message_id for message in messages]

    def _check_settings(self, shown: Any) -> None:
        for admission in self._admissions:
            admission.check(shown)


def _check(drafts: list[Draft]) -> None:
    if not drafts:
        raise InvalidArgument("A publish request needs at least one message.")
    if len(drafts) > MAX_MESSAGES:
        raise InvalidArgument(f"A publish request may carry {MAX_MESSAGES} messages, not {len(drafts)}.")
    for draft in drafts:
        if not draft.data and not draft.attributes:
            raise InvalidArgument("A message needs data or at least one attribute.")
        if len(draft.ordering_key.encode()) > _MAX_ORDERING_KEY_BYTES:
            raise InvalidArgument(f"An ordering key may have {_MAX_ORDERING_KEY_BYTES} bytes.")
        _check_attributes(draft.attributes)


def _check_attributes(attributes: Mapping[str, str]) -> None:
    if len(attributes) > _MAX_ATTRIBUTES:
        raise InvalidArgument(f"A message may have {_MAX_ATTRIBUTES} attributes, not {len(attributes)}.")
    for key, value in attributes.items():
        if not key or len(key.encode()) > _MAX_KEY_BYTES or key.startswith("goog"):
            raise InvalidArgument(f"Invalid attribute {key!r}: 1 to {_MAX_KEY_BYTES} bytes, not starting with goog.")
        if len(value.encode()) > _MAX_VALUE_BYTES:
            raise InvalidArgument(f"The value of attribute {key!r} has more than {_MAX_VALUE_BYTES} bytes.")
