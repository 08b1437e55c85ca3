"""What a test asks to go wrong with calls: errors, late answers, streams that end, acknowledgements that get lost.

Calls are known by the name of their method; "*" means any. Everything random comes from a generator with the test's
seed; without a request nothing happens.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ANY = "*"


class Chance:
    """A share of the cases, by a generator of its own."""

    def __init__(self, share: float, *, seed: int) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"A share is between 0 and 1, not {share}.")
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 - must be repeatable, guards no secret

    def comes(self) -> bool:
        """Whether this case is one of them."""
        return self._random.random() < self._share


@dataclass(slots=True, kw_only=True)
class PlannedFailure:
    """Calls of a method fail; with `after`, they take effect first and only the answer is lost."""

    method: str
    code: Any  # grpc.StatusCode
    after: bool
    times: float  # how many are left, inf for no end
    chance: Chance


class Delays:
    """Random times up to a limit."""

    def __init__(self, within_seconds: float, *, seed: int) -> None:
        self._within_seconds = within_seconds
        self._random = random.Random(seed)  # noqa: S311 - must be repeatable, guards no secret

    def next(self) -> float:
        """Seconds."""
        return self._random.uniform(0, self._within_seconds)


class CallFaults:
    """The faults of one emulator's calls."""

    def __init__(self) -> None:
        self._failures: list[PlannedFailure] = []
        self._delays: dict[str, Delays] = {}  # {method: how long its answers take}
        self._lives: Delays | None = None  # of streams
        self._losses: Chance | None = None  # of acknowledgements

    def plan(self, failure: PlannedFailure) -> None:
        """Let calls fail from now on."""
        self._failures.append(failure)

    def delay(self, method: str, delays: Delays) -> None:
        """Answer late from now on."""
        self._delays[method] = delays

    def drop_streams(self, lives: Delays) -> None:
        """End each stream that opens from now on."""
        self._lives = lives

    def lose_acks(self, losses: Chance) -> None:
        """Pass over a share of what is acknowledged."""
        self._losses = losses

    def clear(self) -> None:
        """Everything works again."""
        self._failures.clear()
        self._delays.clear()
        self._lives = self._losses = None

    def failing(self, method: str, *, after: bool) -> Any | None:
        """The status code with which this call fails, or None. Counts the call."""
        for failure in self._failures:
            if failure.after is after and failure.method in (method, ANY) and failure.chance.comes():
                failure.times -= 1
                if failure.times <= 0:
                    self._failures.remove(failure)
                return failure.code
        return None

    def lateness(self, method: str) -> float:
        """Seconds by which the call is answered late."""
        delays = self._delays.get(method) or self._delays.get(ANY)
        return delays.next() if delays else 0.0

    def stream_life(self) -> float | None:
        """Seconds after which a stream that opens now ends, if it does."""
        return self._lives.next() if self._lives else None

    def kept_acks(self, ack_ids: Iterable[str]) -> list[str]:
        """What is left of acknowledgements after some got lost."""
        losses = self._losses
        return [each for each in ack_ids if losses is None or not losses.comes()]

    @property
    def loses_acks(self) -> bool:
        """Whether any get lost."""
        return self._losses is not None
