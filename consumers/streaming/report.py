"""What the consumer says: a line a second at most of what was applied, and each trouble when it begins and ends.

In: acknowledged batches and problems; out: readable lines to `say`, and the lag of each source since it was asked last.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import fields
from statistics import median

from consumers.apply.outcome import Outcome
from consumers.receiving.handling import Ack

logger = logging.getLogger("feedsync.consume")

LINE_SECONDS = 1.0
Say = Callable[[str], None]


def log(line: str) -> None:
    logger.info("%s", line)


class Report:
    def __init__(self, say: Say = log) -> None:
        self.say = say
        self.messages = 0
        self._counted = Outcome()
        self._batch_messages = 0
        self._lags: list[float] = []
        self._refused: list[str] = []
        self._held: list[str] = []
        self._line_at = 0.0
        self._problems: dict[str, str] = {}
        self._lag_of: dict[str, int] = {}  # {source: milliseconds of its last message}

    def add(self, ack: Ack, wall_seconds: float) -> None:
        self.messages += len(ack.deliveries)
        self._batch_messages += len(ack.deliveries)
        self._counted.add(ack.outcome)
        self._refused += ack.refused
        self._held += ack.held
        for delivery in ack.deliveries:
            if delivery.published_at:
                lag = max(0.0, wall_seconds - delivery.published_at)
                self._lags.append(lag)
                self._lag_of[delivery.source.name] = int(lag * 1000)

    def lags(self) -> Mapping[str, int]:
        """Of the sources that something came from since the last call."""
        taken, self._lag_of = self._lag_of, {}
        return taken

    def line(self, now: float, *, last: bool = False) -> None:
        """Say what was applied, if it is time and there is something to say."""
        if not self._batch_messages or (now < self._line_at + LINE_SECONDS and not last):
            return
        self._line_at = now
        self.say(self._sentence())
        self._batch_messages, self._counted, self._lags = 0, Outcome(), []
        self._refused, self._held = [], []

    def trouble(self, what: str, problem: str) -> None:
        """`problem` empty: it is over."""
        before = self._problems.get(what, "")
        if problem == before:
            return
        self._problems[what] = problem
        problem = " ".join(problem.split())
        self.say(f"{what}: {problem}" if problem else f"{what}: works again.")

    @property
    def problems(self) -> list[str]:
        return [f"{what}: {problem}" for what, problem in self._problems.items() if problem]

    def forget(self, what: str) -> None:
        self._problems.pop(what, None)

    def _sentence(self) -> str:
        counts = {item.name: getattr(self._counted, item.name) for item in fields(self._counted)}
        said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing to change"
        line = f"{self._batch_messages:,} {'message' if self._batch_messages == 1 else 'messages'}: {said}"
        if self._lags:
            line += f"; {median(self._lags) * 1000:,.0f} ms after publication (longest {max(self._lags) * 1000:,.0f})"
        if self._refused:
            line += f"; {len(self._refused)} REFUSED and stored as dead changes, the last: {self._refused[-1]}"
        if self._held:
            line += f"; {len(self._held)} held until feedsync is upgraded here: {self._held[-1]}"
        return line
