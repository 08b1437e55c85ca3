"""Databases that fail are left in peace for a while; their messages wait here, still leased, and come back.

Not given back to Pub/Sub: that would count as delivery attempts, and an outage must not fill a dead-letter topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from consumers.receiving.delivery import Delivery

FIRST_PAUSE_SECONDS = 0.05  # a connection that the server closed: the next one works at once
LONGEST_PAUSE_SECONDS = 5.0


@dataclass(slots=True)
class _Rest:
    failures: int = 0
    until: float = 0.0
    waiting: list[Delivery] = field(default_factory=list)


class Resting:
    """By database alias; times are those of the caller's clock, in seconds."""

    def __init__(self) -> None:
        self._rests: dict[str, _Rest] = {}

    def failed(self, alias: str, deliveries: Sequence[Delivery], now: float) -> float:
        """Answers the pause."""
        rest = self._rests.setdefault(alias, _Rest())
        rest.failures += 1
        pause: float = min(FIRST_PAUSE_SECONDS * 4 ** min(rest.failures - 1, 10), LONGEST_PAUSE_SECONDS)
        rest.until = now + pause
        rest.waiting += deliveries
        return pause

    def works(self, alias: str) -> bool:
        """Note that it does; True if it did not before."""
        return self._rests.pop(alias, None) is not None

    def rests(self, alias: str, now: float) -> bool:
        return alias in self._rests and now < self._rests[alias].until

    def wait(self, alias: str, delivery: Delivery) -> None:
        """Of a database that rests."""
        self._rests[alias].waiting.append(delivery)

    def due(self, now: float) -> list[Delivery]:
        """Taken out: what may be tried again."""
        taken: list[Delivery] = []
        for rest in self._rests.values():
            if rest.until <= now:
                taken += rest.waiting
                rest.waiting = []
        return taken

    def seconds(self, now: float, longest: float) -> float:
        """Until something is due, at most `longest`."""
        ends = [rest.until - now for rest in self._rests.values() if rest.waiting]
        return max(0.0, min([longest, *ends]))

    @property
    def waiting(self) -> int:
        return sum(len(rest.waiting) for rest in self._rests.values())
