"""Two connections tied together: what comes in on one goes out on the other.

A side that cannot send pauses the reading of the other side. When one connection ends the other ends too, after what is
under way has been sent; a connection that is half closed is at its end, as it is for gRPC.
"""

from __future__ import annotations

import asyncio

# Below it a side may be ahead of the other: enough for a full window of HTTP/2.
_BUFFERED_BYTES = 1024 * 1024


class End(asyncio.Protocol):
    """One of the two connections, and the other one, where its bytes go."""

    def __init__(self, transport: asyncio.Transport, other: asyncio.Transport) -> None:
        self._other = other
        transport.set_write_buffer_limits(high=_BUFFERED_BYTES)
        transport.set_protocol(self)
        self.data_received = other.write  # type: ignore[method-assign] # spares a call for each piece

    def pause_writing(self) -> None:
        """Read no more than this connection takes."""
        self._other.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        self._other.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Let the other connection go."""
        if error is None:
            self._other.close()
        else:
            self._other.abort()


def tie(one: asyncio.Transport, another: asyncio.Transport) -> None:
    """Let two open connections be one; the reading of both is paused."""
    End(one, another)
    End(another, one)
    for transport in (one, another):
        transport.resume_reading()
