"""What is kept of topics, subscriptions and snapshots beside their messages, and how they come back from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.errors import NotFound
from emulator.journal import Journal, Kept
from emulator.pubsub import resources
from emulator.pubsub.snapshots import Snapshot, Snapshots
from emulator.pubsub.subscriptions import Subscriptions
from emulator.pubsub.topics import Topic, Topics
from emulator.wire import iam, pubsub
from emulator.wire.classes import build

_TABLE = f"""
message Topic
    shown:1:{pubsub.PACKAGE}.Topic policy:2:{iam.PACKAGE}.Policy
message Subscription
    shown:1:{pubsub.PACKAGE}.Subscription policy:2:{iam.PACKAGE}.Policy topic:3:string detached:4:bool
message Snapshot
    shown:1:{pubsub.PACKAGE}.Snapshot policy:2:{iam.PACKAGE}.Policy topic:3:string next_number:4:int64
    created:5:double expires:6:double
"""
_RECORDS = build("emulator.pubsub.records", _TABLE)


class Records:
    """Of one emulator. A topic that is gone is kept as ""; after a start, all that are gone are the same one."""

    def __init__(self, topics: Topics, subscriptions: Subscriptions, snapshots: Snapshots, *, history: bool) -> None:
        self._topics = topics
        self._subscriptions = subscriptions
        self._snapshots = snapshots
        self._history = history
        self._gone = Topic("", None, deleted=True)

    def write_to(self, journal: Journal) -> None:
        """Let the journal ask here."""
        journal.records("topics", _or_gone(self._topic))
        journal.records("subscriptions", _or_gone(self._subscription))
        journal.records("snapshots", _or_gone(self._snapshot))

    def read_from(self, kept: Kept) -> None:
        """Have what was kept, before anything else happens."""
        for name, body in kept.resources("topics"):
            self._restore_topic(name, _RECORDS["Topic"].FromString(body))
        for name, body in kept.resources("subscriptions"):
            self._restore_subscription(name, _RECORDS["Subscription"].FromString(body))
        for name, body in kept.resources("snapshots"):
            self._restore_snapshot(name, _RECORDS["Snapshot"].FromString(body))

    def _topic(self, name: str) -> Any:
        topic = self._topics.get(name)
        return _RECORDS["Topic"](shown=topic.shown, policy=topic.policy)

    def _subscription(self, name: str) -> Any:
        found = self._subscriptions.get(name)
        return _RECORDS["Subscription"](
            shown=found.shown, policy=found.policy, topic=_name(found.source), detached=found.detached
        )

    def _snapshot(self, name: str) -> Any:
        found = self._snapshots.get(name)
        return _RECORDS["Snapshot"](
            shown=found.shown,
            policy=found.policy,
            topic=_name(found.source),
            next_number=found.next_number,
            created=found.created,
            expires=found.expires,
        )

    def _restore_topic(self, name: str, record: Any) -> None:
        topic = self._topics.add(name, record.shown, retention_seconds=resources.topic_retention(record.shown))
        topic.policy = _policy(record)

    def _restore_subscription(self, name: str, record: Any) -> None:
        settings = resources.settings(record.shown, history=self._history)
        subscription = self._subscriptions.add(
            name, self._source(record.topic), settings, shown=record.shown, detached=record.detached
        )
        subscription.policy = _policy(record)

    def _restore_snapshot(self, name: str, record: Any) -> None:
        snapshot = Snapshot(
            name=name,
            source=self._source(record.topic),
            owed=[],
            next_number=record.next_number,
            created=record.created,
            expires=record.expires,
            shown=record.shown,
            policy=_policy(record),
        )
        self._snapshots.add(snapshot)

    def _source(self, name: str) -> Topic:
        return self._topics.get(name) if name and self._topics.exists(name) else self._gone


def _or_gone(find: Callable[[str], Any]) -> Callable[[str], bytes | None]:
    def record(name: str) -> bytes | None:
        try:
            found = find(name)
        except NotFound:
            return None
        body: bytes = found.SerializeToString()
        return body

    return record


def _name(topic: Topic) -> str:
    return "" if topic.deleted else topic.name


def _policy(record: Any) -> Any:
    return record.policy if record.HasField("policy") else None
