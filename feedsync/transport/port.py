"""The port of the relay: pages go in, and are confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from feedsync.wire.page import Page


class Publisher(Protocol):
    def publish(self, pages: Sequence[Page]) -> None:
        """Returns when every page is confirmed; raises TransientError when it may be that one isn't.

        Then any of them may have been delivered all the same: the caller publishes again.
        """
