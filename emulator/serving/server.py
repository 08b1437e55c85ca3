"""The gRPC server over a list of services.

Runs on one asyncio loop, which also owns all state; nothing here is called from other threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import grpc
import grpc.aio

from emulator.errors import Refusal
from emulator.faults import Faults
from emulator.serving.answering import answered
from emulator.serving.service import Answer, Service
from emulator.wire import rpc

_OPTIONS = [
    # Above the API's own limit of 10 MB, so that a larger request gets the API's answer.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", -1),
    # A second emulator on the same port is an error, not a silent sharer.
    ("grpc.so_reuseport", 0),
]


class Server:
    """Serves the services on a port; may be stopped and started again. `before_stop` ends what would never end."""

    def __init__(self, services: Sequence[Service], faults: Faults, *, before_stop: Callable[[], None]) -> None:
        self._services = services
        self._faults = faults
        self._before_stop = before_stop
        self._server: Any = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port."""
        self._server = grpc.aio.server(options=_OPTIONS)
        for service in self._services:
            handlers = {name: self._handler(answer) for name, answer in service.answers.items()}
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.name, handlers),))
        bound: int = self._server.add_insecure_port(f"{host}:{port}")
        await self._server.start()
        return bound

    async def stop(self, *, grace_seconds: float = 0) -> None:
        """Stop listening and end all calls."""
        server, self._server = self._server, None
        self._before_stop()
        if server is not None:
            await server.stop(grace_seconds)

    def _handler(self, answer: Answer) -> Any:
        method, faults = answer.method, self._faults

        async def handle(request: Any, context: Any) -> Any:
            try:
                return await answered(answer, faults, request, context)
            except Refusal as refusal:
                await _abort(context, refusal)

        make = grpc.stream_stream_rpc_method_handler if method.streams else grpc.unary_unary_rpc_method_handler
        return make(
            handle,
            request_deserializer=method.request.FromString,
            response_serializer=method.response.SerializeToString,
        )


async def _abort(context: Any, refusal: Refusal) -> None:
    code = grpc.StatusCode[refusal.code]
    details = rpc.status(code.value[0], refusal).SerializeToString() if refusal.reason else None
    trailing = (("grpc-status-details-bin", details),) if details else ()
    await context.abort(code, str(refusal), trailing)
