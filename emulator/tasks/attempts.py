"""A task and its attempts: what is counted, what is shown, and what an attempt's outcome means for the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.outgoing import Answered, Outcome, TimedOut
from emulator.tasks.retrying import RetryRules

# What google.rpc.Code says of HTTP statuses; everything else is UNKNOWN.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 416: 11, 429: 8, 499: 1, 500: 13, 501: 12, 503: 14, 504: 4}
_OK, _UNKNOWN, _DEADLINE_EXCEEDED, _UNAVAILABLE = 0, 2, 4, 14


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One dispatch of a task; times in seconds since the epoch."""

    schedule_time: float
    dispatch_time: float
    response_time: float | None = None
    code: int = 0  # google.rpc.Code
    message: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Task:
    """A task of a queue."""

    name: str
    named: bool  # by who created it
    shown: Any  # the resource on the wire, without what is counted
    create_time: float
    schedule_time: float
    deadline_seconds: float
    retry: RetryRules | None = None  # its own, instead of the queue's
    dispatch_count: int = 0
    response_count: int = 0
    first_dispatch_time: float | None = None
    last_attempt: Attempt | None = None
    previous_status: int = 0  # of HTTP; 0: no answer yet
    reason: str = ""  # why it is tried again
    running: int = 0  # attempts under way
    gone: bool = False

    @property
    def to_app_engine(self) -> bool:
        """Whether it goes to a handler of App Engine."""
        return bool(self.shown.HasField("app_engine_http_request"))

    def begin(self, now: float) -> Attempt:
        """Count a dispatch."""
        attempt = Attempt(schedule_time=self.schedule_time, dispatch_time=now)
        self.dispatch_count += 1
        self.running += 1
        if self.first_dispatch_time is None:
            self.first_dispatch_time = now
        self.last_attempt = attempt
        return attempt

    def end(self, attempt: Attempt, outcome: Outcome, now: float) -> None:
        """Count what became of it."""
        self.running -= 1
        attempt.code, attempt.message = status_of(outcome)
        attempt.response_time = now
        self.reason = attempt.message
        if isinstance(outcome, Answered):
            self.response_count += 1
            self.previous_status = outcome.status


def succeeded(outcome: Outcome) -> bool:
    """Whether the task is done."""
    return isinstance(outcome, Answered) and 200 <= outcome.status < 300


def status_of(outcome: Outcome) -> tuple[int, str]:
    """Code and message of google.rpc.Status."""
    if isinstance(outcome, Answered):
        code = _OK if succeeded(outcome) else _CODES.get(outcome.status, _UNKNOWN)
        return code, f"HTTP status code {outcome.status}"
    if isinstance(outcome, TimedOut):
        return _DEADLINE_EXCEEDED, "The target did not answer before the dispatch deadline."
    return _UNAVAILABLE, outcome.reason
