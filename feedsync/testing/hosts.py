"""What each environment of a world has at hand: its subscriptions, and marks that bear the world's time.

A topic is whatever publishes into the subscriptions of those who follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connections

from consumers.receiving.delivery import Delivery, Source
from consumers.receiving.judging import Apply, Poison, judge
from feedsync import rowsets
from feedsync.models import Mark
from feedsync.relay.leases import moment
from feedsync.testing.environment import Environment
from feedsync.transport.memory import MemoryTransport
from feedsync.wire.page import Change, Page


@dataclass(frozen=True, slots=True)
class Topic:
    """What one environment publishes goes to every subscription of its topic."""

    subscriptions: Sequence[MemoryTransport]
    host: Host

    def publish(self, pages: Sequence[Page]) -> None:
        self.host.published += sum(page.count for page in pages)
        for subscription in self.subscriptions:
            subscription.publish(pages)


@dataclass(slots=True)
class Host:
    """`subscriptions`: by source. `last_mark`: marks up to this one have the world's time. `published`: how many
    changes."""

    environment: Environment
    subscriptions: dict[str, MemoryTransport] = field(default_factory=dict)
    last_mark: int = 0
    published: int = 0

    def messages(self) -> list[Delivery]:
        """What isn't acknowledged."""
        return [
            Delivery(
                source=Source(name=source, subscription=source, forwards=True),
                ack_id=str(message.ack_id),
                data=message.data,
                attributes=message.attributes,
            )
            for source, subscription in self.subscriptions.items()
            for message in subscription.pull()
        ]

    def stamp(self) -> None:
        """Give new marks the world's time: the database wrote its own, which no seed repeats."""
        alias, table = self.environment.alias, Mark._meta.db_table
        [[newest]] = rowsets.fetch(alias, f"SELECT max(id) FROM {table}")  # all the time, and mostly in vain
        if newest is not None and newest > self.last_mark:
            at = connections[alias].ops.quote_name("at")
            now = rowsets.moment(alias, moment(self.environment.now()))
            rowsets.execute(alias, f"UPDATE {table} SET {at} = %s WHERE id > %s", [now, self.last_mark])
            self.last_mark = newest


def changes_of(delivery: Delivery) -> Sequence[Change]:
    """What the subscribing side would apply of a message."""
    verdict = judge(delivery)
    match verdict:
        case Apply(changes=changes):
            return changes
        case Poison(reason=reason):
            raise AssertionError(f"A page that feedsync published is refused: {reason}")
    return ()
