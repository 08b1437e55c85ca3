"""A backlog with a clock in the test's hand."""

from __future__ import annotations

from itertools import count

from emulator.faults import Faults
from emulator.pubsub.backlog import Backlog
from emulator.pubsub.drafts import Draft
from emulator.pubsub.lanes import Entry
from emulator.pubsub.messages import Message, published
from emulator.pubsub.rules import DeliveryRules, Room


class Stage:
    """One backlog, its clock and the alarms that it asked for."""

    def __init__(self, rules: DeliveryRules | None = None, *, faults: Faults | None = None) -> None:
        self.now = 1_000_000.0
        self.alarms: list[float] = []
        self.backlog = Backlog(rules or DeliveryRules(), clock=lambda: self.now, faults=faults)
        self.backlog.ring_at = self.alarms.append
        self._ids = count(1)

    def publish(self, *data: str, key: str = "") -> None:
        """Add messages to the backlog."""
        self.backlog.add([self._message(each, key) for each in data])

    def take(self, messages: int = 1000) -> list[Entry]:
        """Lease what there is."""
        return self.backlog.take(Room(messages=messages))

    def pass_seconds(self, seconds: float) -> None:
        """Time goes by."""
        self.now += seconds
        self.backlog.tick()

    def collect_dead_letters(self) -> list[tuple[str, int]]:
        """What will be taken over, with its attempts."""
        found: list[tuple[str, int]] = []

        def take_over(message: Message, attempts: int) -> bool:
            found.append((message.data.decode(), attempts))
            return True

        self.backlog.dead_letter = take_over
        return found

    def seek(self, since: float) -> None:
        """Owe what was published since then."""
        self.backlog.owe(message for message in self.backlog.known() if message.publish_time >= since)

    @staticmethod
    def said(entries: list[Entry]) -> list[str]:
        """What the leased messages say."""
        return [entry.message.data.decode() for entry in entries]

    def _message(self, data: str, key: str) -> Message:
        draft = Draft(data=data.encode(), ordering_key=key)
        return published(draft, number=next(self._ids), publish_time=self.now)
