"""The one port: looks at the first bytes of a connection and hands it on.

HTTP/2 goes to the gRPC server, which cannot share a port and so listens where only this process knows; everything else
goes to the HTTP/1.1 server, whose library is imported for the first such connection. Whoever takes too long to say what
he wants is let go.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import weakref
from collections.abc import Awaitable, Callable

from emulator.serving.pipe import tie

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# A connection that has not said what it wants after so long is closed.
SILENCE_SECONDS = 60.0
_WAITING_CONNECTIONS = 1024
_HEAD_BYTES = 64 * 1024
_LOOKED_AT_BYTES = 256
_LOOK_AGAIN_SECONDS = 0.01

_log = logging.getLogger("emulator")

Connect = Callable[[], Awaitable[asyncio.Transport]]  # a new connection to the gRPC server, its reading paused
Speak = Callable[[], Awaitable[asyncio.Protocol]]  # a new HTTP/1.1 protocol


class Front:
    """Listens for an emulator."""

    def __init__(self, connect: Connect, speak: Speak, *, silence_seconds: float = SILENCE_SECONDS) -> None:
        self.connect = connect
        self.speak = speak
        self.silence_seconds = silence_seconds
        self.undecided: set[asyncio.Transport] = set()
        self._taken: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return sum(not transport.is_closing() for transport in self._taken)

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port. OSError if it is taken."""
        server = await self._listen(host, port)
        bound: int = server.sockets[0].getsockname()[1]
        if port == 0 and len(server.sockets) > 1:  # a name with several addresses: the same port on each
            server.close()
            server = await self._listen(host, bound)
        self._server = server
        return bound

    def stop_listening(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def hang_up(self, *, within_seconds: float) -> None:
        """Close what the servers, which have stopped, do not close themselves: at once who has not said what he wants,
        and later who does not take what is under way to him."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_seconds
        for transport in tuple(self.undecided):
            transport.abort()
        while loop.time() < until and any(_is_open(each) for each in self._taken):
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        for transport in tuple(self._taken):
            transport.abort()

    def took(self, transport: asyncio.Transport) -> None:
        """Keep an eye on a new connection."""
        self._taken.add(transport)
        self.undecided.add(transport)

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Caller(self), host, port, backlog=_WAITING_CONNECTIONS)


def _is_open(transport: asyncio.Transport) -> bool:
    return not transport.is_closing() or transport.get_write_buffer_size() > 0


class Caller(asyncio.Protocol):
    """A new connection, until it is known what it speaks."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._said = b""
        self._transport: asyncio.Transport
        self._patience: asyncio.TimerHandle
        self._handing_on: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first bytes, for a while."""
        assert isinstance(transport, asyncio.Transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._transport = transport
        self._front.took(transport)
        self._patience = asyncio.get_running_loop().call_later(self._front.silence_seconds, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Decide as soon as the bytes tell."""
        self._said += data
        if _is_unfinished(self._said):
            return
        self._patience.cancel()
        self._front.undecided.discard(self._transport)
        self._transport.pause_reading()
        self._handing_on = asyncio.create_task(self._hand_on(speaks_http2=self._said.startswith(PREFACE)))

    def connection_lost(self, error: Exception | None) -> None:
        """The client left early."""
        self._patience.cancel()
        self._front.undecided.discard(self._transport)

    async def _hand_on(self, *, speaks_http2: bool) -> None:
        try:
            await (self._to_grpc() if speaks_http2 else self._to_http())
        except Exception:  # noqa: BLE001 - the process goes on
            _log.exception("a connection could not be handed on")
            self._transport.abort()

    async def _to_grpc(self) -> None:
        server = await self._front.connect()
        if self._transport.is_closing():
            server.abort()
            return
        server.write(self._said)
        tie(self._transport, server)

    async def _to_http(self) -> None:
        protocol = await self._front.speak()
        if self._transport.is_closing():
            return
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._said)
        self._transport.resume_reading()


def _is_unfinished(said: bytes) -> bool:
    """Whether more must come: the rest of the preface, or of the head of an HTTP/1.1 request. What is neither is not
    waited for, so that the HTTP/1.1 server can refuse it."""
    if PREFACE.startswith(said):
        return len(said) < len(PREFACE)
    seems_http = said[:1].isalpha() and said[:_LOOKED_AT_BYTES].isascii() and len(said) < _HEAD_BYTES
    return seems_http and b"\r\n\r\n" not in said and b"\n\n" not in said
