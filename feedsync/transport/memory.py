"""Pub/Sub's twin in memory: for tests of feedsync and of the projects that use it.

Pages in by `publish`, deliveries out by `pull`, until `ack`. Like Pub/Sub it may deliver what it failed to confirm,
and deliver twice: `Faults` says how often, by a seed, so that a test runs the same way again.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from feedsync.errors import TransientError
from feedsync.wire.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Shares from 0 to 1. `lost`: an error, nothing published. `unconfirmed`: an error, and published all the same."""

    seed: int = 0
    lost: float = 0.0
    unconfirmed: float = 0.0
    duplicated: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message that is handed out until it is acknowledged."""

    ack_id: int
    attributes: Mapping[str, str]
    data: bytes


class MemoryTransport:
    """A topic with one subscription."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.published: list[Page] = []
        self._faults = faults or Faults()
        self._random = random.Random(self._faults.seed)  # noqa: S311  # dice, no secrets
        self._waiting: dict[int, Page] = {}
        self._next = 0
        self._lock = Lock()

    def publish(self, pages: Sequence[Page]) -> None:
        with self._lock:
            if self._falls(self._faults.lost):
                raise TransientError("Pub/Sub is not reachable.")
            for page in pages:
                self._accept(page)
            if self._falls(self._faults.unconfirmed):
                raise TransientError("The answer of Pub/Sub was lost.")

    def pull(self, limit: int = 1_000) -> list[Delivery]:
        """Whatever isn't acknowledged yet, up to a limit, oldest first."""
        with self._lock:
            return [
                Delivery(ack_id=number, attributes=page.attributes, data=page.data)
                for number, page in list(self._waiting.items())[:limit]
            ]

    def ack(self, ack_ids: Collection[int]) -> None:
        with self._lock:
            for ack_id in ack_ids:
                self._waiting.pop(ack_id, None)

    def _accept(self, page: Page) -> None:
        self.published.append(page)
        for _ in range(2 if self._falls(self._faults.duplicated) else 1):
            self._waiting[self._next] = page
            self._next += 1

    def _falls(self, share: float) -> bool:
        return self._random.random() < share
