"""A call, as whoever answers it sees it."""

from __future__ import annotations

from typing import Any, Protocol


class Call(Protocol):
    """What an answer may ask of the call that it answers. gRPC's context is one."""

    def time_remaining(self) -> float | None:
        """Seconds until the client gives up, if it said so."""

    async def write(self, response: Any) -> None:
        """Send one response of a stream."""
