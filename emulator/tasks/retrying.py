"""When a failed task is tried again, and when no more."""

from __future__ import annotations

from dataclasses import dataclass

RETENTION_SECONDS = 31 * 86_400
_MOST_DOUBLINGS = 64  # more than any backoff needs, and still a float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """The retry configuration of a queue or a task."""

    max_attempts: int = 100  # -1: no limit
    max_retry_seconds: float = 0  # from the first attempt; 0: no limit
    min_backoff_seconds: float = 0.1
    max_backoff_seconds: float = 3600
    max_doublings: int = 16

    def backoff(self, retry: int) -> float:
        """Seconds before a retry, counted from 1: doubled at first, then longer by the same amount each time."""
        doublings = min(retry - 1, self.max_doublings)
        longest = self.min_backoff_seconds * 2.0 ** min(doublings, _MOST_DOUBLINGS)
        return float(min(longest * max(1, retry - self.max_doublings), self.max_backoff_seconds))

    def exhausted(self, *, attempts: int, seconds: float) -> bool:
        """Whether there have been enough attempts in the time since the first. With two limits, both must be over."""
        limits = []
        if self.max_attempts > 0:
            limits.append(attempts >= self.max_attempts)
        if self.max_retry_seconds > 0:
            limits.append(seconds >= self.max_retry_seconds)
        return all(limits) if limits else seconds >= RETENTION_SECONDS
