"""How fast a subscription pushes: a window of outstanding messages that opens slowly, and pauses after failures.

https://docs.cloud.google.com/pubsub/docs/push#push_backoff
"""

from __future__ import annotations

_FIRST_WINDOW = 3
_WIDEST_WINDOW = 1000  # wider ones are slower on one machine
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 60.0


class Pace:
    """Learns from what became of each push."""

    def __init__(self) -> None:
        self.window = _FIRST_WINDOW
        self.paused_until = 0.0
        self._pause = 0.0
        self._failed_at = float("-inf")

    def succeeded(self) -> None:
        """One more may be outstanding: the window doubles with each round. Pauses get shorter."""
        self.window = min(self.window + 1, _WIDEST_WINDOW)
        self._pause = self._pause / 2 if self._pause > _FIRST_PAUSE_SECONDS else 0.0

    def failed(self, *, sent_at: float, now: float, pauses: bool) -> None:
        """Fewer may be outstanding. Of the failures of one round only the first makes the pause longer."""
        self.window = max(1, self.window // 2)
        if pauses and sent_at >= self._failed_at:
            self._failed_at = now
            self._pause = min(max(_FIRST_PAUSE_SECONDS, self._pause * 2), _LONGEST_PAUSE_SECONDS)
            self.paused_until = now + self._pause
