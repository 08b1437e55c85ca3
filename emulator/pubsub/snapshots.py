"""Snapshots: what a subscription had not acknowledged at a moment, and what its topic published since.

Any subscription of the same topic can seek to one. A snapshot lives seven days at most, less the age of the oldest
message in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.clock import Clock
from emulator.errors import FailedPrecondition, InvalidArgument
from emulator.journal import Journal, Oblivion
from emulator.names import project_of
from emulator.pubsub.messages import Message
from emulator.pubsub.subscriptions import Subscriptions
from emulator.pubsub.topics import Topic, Topics
from emulator.registry import Registry

_LONGEST_SECONDS = 7 * 86_400
_SHORTEST_SECONDS = 3600
_MOST_OF_A_PROJECT = 5_000


@dataclass(slots=True, eq=False, kw_only=True)
class Snapshot:
    """The state of a subscription at a moment."""

    name: str
    source: Topic
    owed: list[Message]
    next_number: int  # of the first message published afterwards
    created: float
    expires: float
    shown: Any  # the resource on the wire
    deleted: bool = False
    policy: Any = None  # a google.iam.v1.Policy, if one was set

    def ends(self, now: float) -> float | None:
        """When it goes."""
        return self.expires


class Snapshots:
    """All snapshots of the emulator."""

    def __init__(
        self, topics: Topics, subscriptions: Subscriptions, *, clock: Clock, journal: Journal | None = None
    ) -> None:
        self._topics = topics
        self._subscriptions = subscriptions
        self._clock = clock
        self._snapshots: Registry[Snapshot] = Registry("snapshots", most=_MOST_OF_A_PROJECT, journal=journal)
        self._journal = journal or Oblivion()
        self.on_change: Callable[[Snapshot], None] = lambda _: None

    def create(self, name: str, subscription: str, shown: Any = None) -> Snapshot:
        """Remember what the subscription owes. Without a name, the snapshot is given one."""
        if not name:
            name = self._snapshots.free_name(project_of(self._subscriptions.get(subscription).name))
        self._snapshots.check_free(name)
        origin = self._subscriptions.usable(subscription)
        if origin.source.deleted:
            raise FailedPrecondition(f"The topic of subscription {subscription} is deleted.")
        now, owed = self._clock(), list(origin.backlog.unacknowledged.values())
        expires = (owed[0].publish_time if owed else now) + _LONGEST_SECONDS
        if expires - now < _SHORTEST_SECONDS:
            raise FailedPrecondition(
                f"Snapshot {name} would expire in less than an hour: the oldest message of {subscription} is too old."
            )
        snapshot = Snapshot(
            name=name,
            source=origin.source,
            owed=owed,
            next_number=self._topics.next_number,
            created=now,
            expires=expires,
            shown=shown,
        )
        self.add(snapshot)
        self._journal.keep(name, owed)
        return snapshot

    def add(self, snapshot: Snapshot) -> None:
        """Have this one, too."""
        self._snapshots.add(snapshot.name, snapshot)
        snapshot.source.log.pin(snapshot.name, snapshot.next_number)
        self.on_change(snapshot)

    def change(self, name: str, shown: Any, *, expires: float) -> Snapshot:
        """Show it differently, and let it live until another time."""
        snapshot = self.get(name)
        if not self._clock() < expires <= snapshot.created + _LONGEST_SECONDS:
            raise InvalidArgument(f"Snapshot {name} can expire between now and seven days after its creation.")
        snapshot.shown = shown
        snapshot.expires = expires
        self._snapshots.changed(name)
        self.on_change(snapshot)
        return snapshot

    def get(self, name: str) -> Snapshot:
        """The snapshot of that name."""
        return self._snapshots.get(name)

    def delete(self, name: str) -> None:
        """Take the snapshot away; the topic lets go of what only it needed."""
        snapshot = self._snapshots.remove(name)
        snapshot.deleted = True
        self._journal.forget(name)
        snapshot.source.log.unpin(name)
        snapshot.source.log.prune(self._clock())

    def all(self) -> list[Snapshot]:
        """Every snapshot."""
        return list(self._snapshots)

    def of_project(self, project: str) -> dict[str, Snapshot]:
        """The snapshots of a project by name, in order."""
        return self._snapshots.of_project(project)

    def of_topic(self, topic: str) -> list[str]:
        """The names of a topic's snapshots, in order."""
        source = self._topics.get(topic)
        return sorted(snapshot.name for snapshot in self._snapshots if snapshot.source is source)

    def seek(self, subscription: str, snapshot: str) -> None:
        """Let the subscription owe what the snapshot holds, and what its topic published afterwards."""
        target = self._subscriptions.usable(subscription)
        found = self.get(snapshot)
        if found.source is not target.source:
            raise FailedPrecondition(f"Snapshot {snapshot} and subscription {subscription} are of different topics.")
        target.backlog.owe(target.filtered([*found.owed, *found.source.log.since(found.next_number)]))
