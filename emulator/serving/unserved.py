"""The answer to HTTP/1.1 where the library for it is not installed."""

from __future__ import annotations

import asyncio

_SENTENCE = (
    b"The emulator speaks HTTP/1.1 only where aiohttp is installed: pip install 'feedsync[emulator]'. gRPC works.\n"
)
_RESPONSE = (
    b"HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_SENTENCE), _SENTENCE)
)


class Unserved(asyncio.Protocol):
    """Says what is missing, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Whatever was asked, this is the answer."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(_RESPONSE)
        transport.close()
