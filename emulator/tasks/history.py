"""What a queue has dispatched, as tests want to see it."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.outgoing import Answered, Outcome, Outgoing, Unanswered


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """One attempt that is over."""

    task: str
    time: float  # of the dispatch, in seconds since the epoch
    request: Outgoing
    outcome: Outcome

    @property
    def status(self) -> int | None:
        """What the target answered, if it did."""
        return self.outcome.status if isinstance(self.outcome, Answered) else None

    @property
    def error(self) -> str:
        """Why there was no answer."""
        if isinstance(self.outcome, Answered):
            return ""
        return self.outcome.reason if isinstance(self.outcome, Unanswered) else "deadline exceeded"
