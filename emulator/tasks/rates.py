"""How fast a queue may dispatch: a bucket of tokens that fills up again, and pauses that overloaded targets ask for."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRules:
    """The rate limits of a queue."""

    per_second: float = 500
    burst: int = 100
    concurrent: int = 1000


class Throttle:
    """Counts what a queue dispatches."""

    def __init__(self, rules: RateRules, *, now: float) -> None:
        self.rules = rules
        self._tokens = float(rules.burst)
        self._filled = now
        self._paused_until = 0.0
        self._overloads = 0  # in a row

    def free_at(self, now: float) -> float:
        """When the next dispatch is allowed; now or earlier: at once."""
        self._fill(now)
        missing = max(0.0, 1 - self._tokens)
        # A hair more: rounding must not let the bucket look empty at the time that was named.
        ready = now + missing / self.rules.per_second + 1e-6 if missing else now
        return max(ready, self._paused_until)

    def take(self, now: float) -> None:
        """One dispatch."""
        self._fill(now)
        self._tokens = max(0.0, self._tokens - 1)

    def overloaded(self, now: float) -> None:
        """The target has too much: the whole queue waits, longer each time in a row."""
        pause = min(_FIRST_PAUSE_SECONDS * 2**self._overloads, _LONGEST_PAUSE_SECONDS)
        self._overloads = min(self._overloads + 1, 16)
        self._paused_until = now + pause

    def relieved(self) -> None:
        """The target can do more."""
        self._overloads = 0

    def _fill(self, now: float) -> None:
        self._tokens = min(float(self.rules.burst), self._tokens + (now - self._filled) * self.rules.per_second)
        self._filled = now
