"""The messages of one backlog: those that it owes, and those that it retains after the acknowledgement.

What becomes of them is gathered for the journal, and told in one go at the end of whatever did it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from emulator.journal import Journal, Oblivion
from emulator.pubsub.messages import Message


def retained_by(owner: str) -> str:
    """The owner of what a subscription retains."""
    return f"{owner} retained"


class Shelf:
    """Keeps the messages of a subscription of that name."""

    def __init__(self, journal: Journal | None = None, owner: str = "") -> None:
        self.owed: dict[int, Message] = {}  # {number: message}, oldest first
        self.retained: dict[int, Message] = {}  # the same, in the order of acknowledgement
        self.oldest = float("inf")  # none of them was published before
        self._journal = journal or Oblivion()
        self._owner = owner
        self._settled: list[int] = []  # owed until now
        self._expired: list[int] = []  # retained until now
        self._put_aside: list[Message] = []  # retained from now on

    def add(self, messages: list[Message]) -> None:
        """They are owed."""
        if messages:
            self._journal.keep(self._owner, messages)
            self.restore(messages)

    def restore(self, messages: Iterable[Message]) -> None:
        """They were owed all the time."""
        for message in messages:
            self.owed[message.number] = message
            self.oldest = min(self.oldest, message.publish_time)

    def restore_retained(self, messages: Iterable[Message]) -> None:
        """They were retained all the time."""
        for message in messages:
            self.retained[message.number] = message
            self.oldest = min(self.oldest, message.publish_time)

    def settle(self, number: int, *, retain: bool) -> Message | None:
        """It is owed no more; return it, if it was."""
        message = self.owed.pop(number, None)
        if message is not None:
            self._settled.append(number)
            if retain:
                self.retain([message])
        return message

    def retain(self, messages: Iterable[Message]) -> None:
        """They can be brought back."""
        put_aside = list(messages)
        self.restore_retained(put_aside)
        self._put_aside += put_aside

    def count(self, number: int, attempts: int) -> None:
        """It was delivered so many times, and comes again."""
        self._journal.count(self._owner, number, attempts)

    def expire(self, before: float) -> None:
        """Let go of what was published before that time."""
        if self.oldest >= before:
            return
        self.oldest = float("inf")
        for memory, gone in ((self.owed, self._settled), (self.retained, self._expired)):
            # All at once: a dictionary is slow at its beginning while its first items are taken out one by one.
            expired = [each.number for each in takewhile(lambda each: each.publish_time < before, memory.values())]
            for number in expired:
                del memory[number]
            gone.extend(expired)
            if memory:
                self.oldest = min(self.oldest, next(iter(memory.values())).publish_time)

    def clear(self) -> None:
        """Let go of everything."""
        for gathered in (self.owed, self.retained, self._settled, self._expired, self._put_aside):
            gathered.clear()
        self.oldest = float("inf")
        self._journal.forget(self._owner)
        self._journal.forget(retained_by(self._owner))

    def flush(self) -> None:
        """Tell the journal what was gathered."""
        if not self.owed:
            self.owed.clear()  # a dictionary from which everything was taken is as large as before
        if self._settled:
            self._journal.release(self._owner, self._settled)
            self._settled = []
        if self._put_aside:
            self._journal.keep(retained_by(self._owner), self._put_aside)
            self._put_aside = []
        if self._expired:
            self._journal.release(retained_by(self._owner), self._expired)
            self._expired = []
