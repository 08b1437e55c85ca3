"""The gRPC server over a list of services.

Runs on one asyncio loop, which also owns all state; nothing here is called from other threads.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from emulator.call_faults import CallFaults
from emulator.errors import InvalidArgument, Refusal
from emulator.serving.answering import answered
from emulator.serving.service import Answer, Service
from emulator.wire import rpc
from emulator.wire.interfaces import Method

_OPTIONS = [
    # Above the API's own limit of 10 MB, so that a larger request gets the API's answer.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", -1),
    # Clients whose streams are idle for long ask often whether anybody is there. They may.
    ("grpc.http2.max_ping_strikes", 0),
]


class GrpcServer:
    """Serves the services at an address that only this process connects to: the front hands connections on."""

    def __init__(self, services: Sequence[Service], faults: CallFaults) -> None:
        self._services = services
        self._faults = faults
        self._server: Any = None
        self._path = ""
        self._port = 0

    async def start(self) -> None:
        """Listen."""
        self._server = grpc.aio.server(options=_OPTIONS)
        for service in self._services:
            handlers = {name: self._handler(answer) for name, answer in service.answers.items()}
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.name, handlers),))
        if sys.platform == "linux":  # an address without a file, quicker than a port
            self._path = f"feedsync-emulator-{secrets.token_hex(8)}"
            self._server.add_insecure_port(f"unix-abstract:{self._path}")
        else:
            self._port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()

    async def connect(self) -> asyncio.Transport:
        """A new connection to the server; its reading is paused."""
        loop = asyncio.get_running_loop()
        if self._path:
            transport, _ = await loop.create_unix_connection(_Paused, f"\0{self._path}")
            return transport
        transport, _ = await loop.create_connection(_Paused, "127.0.0.1", self._port)
        return transport

    async def stop(self, *, grace_seconds: float) -> None:
        """End all calls."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(grace_seconds)

    def _handler(self, answer: Answer) -> Any:
        method, faults = answer.method, self._faults

        async def handle(sent: Any, context: Any) -> Any:
            try:
                request = _parsed_stream(method, sent) if method.streams else _parsed(method, sent)
                return await answered(answer, faults, request, context)
            except Refusal as refusal:
                await _abort(context, refusal)

        make = grpc.stream_stream_rpc_method_handler if method.streams else grpc.unary_unary_rpc_method_handler
        return make(handle, response_serializer=_serialised)


def _serialised(response: Any) -> bytes:
    # Not the class of the method: an answer may have another that is the same on the wire.
    sent: bytes = response.SerializeToString()
    return sent


def _parsed(method: Method, sent: bytes) -> Any:
    try:
        return method.request.FromString(sent)
    except DecodeError as error:
        raise InvalidArgument(f"The request of {method.name} is not a valid message: {error}") from None


async def _parsed_stream(method: Method, sent: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    async for each in sent:
        yield _parsed(method, each)


class _Paused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()


async def _abort(context: Any, refusal: Refusal) -> None:
    code = grpc.StatusCode[refusal.code]
    details = rpc.status(code.value[0], refusal).SerializeToString() if refusal.reason else None
    trailing = (("grpc-status-details-bin", details),) if details else ()
    await context.abort(code, str(refusal), trailing)
