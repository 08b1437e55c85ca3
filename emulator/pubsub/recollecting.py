"""Messages that a process before kept, on their way back to the subscriptions, snapshots and topics that own them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from emulator.journal import Kept
from emulator.pubsub.messages import Message, restored
from emulator.pubsub.shelf import retained_by
from emulator.pubsub.snapshots import Snapshots
from emulator.pubsub.subscriptions import Subscriptions
from emulator.pubsub.topics import Topics

# Numbers that were given and not kept are not given again: far fewer than these fit between two commits.
_SKIPPED_NUMBERS = 1_000_000

Owned = dict[str, list[tuple[Message, int]]]  # {owner: messages with the attempts at them, oldest first}


def recollect(kept: Kept, topics: Topics, subscriptions: Subscriptions, snapshots: Snapshots) -> None:
    """Give each owner its messages. Leases are gone: everything that is owed is waiting."""
    owned: Owned = defaultdict(list)
    for owner, message, attempts in _messages(kept):
        owned[owner].append((message, attempts))
    for subscription in subscriptions.all():
        retained = [message for message, _ in owned.pop(retained_by(subscription.name), [])]
        subscription.backlog.restore(owned.pop(subscription.name, []), retained)
    for snapshot in snapshots.all():
        snapshot.owed = [message for message, _ in owned.pop(snapshot.name, [])]
    for topic in topics.all():
        topic.log.restore([message for message, _ in owned.pop(topic.name, [])])
    if kept.highest:
        topics.next_number = kept.highest + _SKIPPED_NUMBERS


def _messages(kept: Kept) -> Iterator[tuple[str, Message, int]]:
    last: Message | None = None
    for number, owner, attempts, body in kept.messages():
        if last is None or last.number != number:  # one message for all its owners
            last = restored(body)
        yield owner, last, attempts
