"""The gRPC server: methods by name, faults that tests ask for, refusals as status codes.

Runs on one asyncio loop, which also owns all state; nothing here is called from other threads.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import grpc
import grpc.aio

from emulator.errors import Refusal
from emulator.faults import Faults
from emulator.pubsub.delivery import Delivery
from emulator.pubsub.publisher import Publisher
from emulator.pubsub.subscriber import Subscriber
from emulator.wire.messages import MESSAGES

Result = TypeVar("Result")

_OPTIONS = [
    # Above the API's own limit of 10 MB, so that a larger request gets the API's answer.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", -1),
    # A second emulator on the same port is an error, not a silent sharer.
    ("grpc.so_reuseport", 0),
]
METHODS = {*Publisher.METHODS, *Subscriber.METHODS, "Pull", "StreamingPull"}
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Server:
    """Serves the state on a port; may be stopped and started again."""

    def __init__(self, publisher: Publisher, subscriber: Subscriber, delivery: Delivery, faults: Faults) -> None:
        self.publisher = publisher
        self.subscriber = subscriber
        self.delivery = delivery
        self._faults = faults
        self._server: Any = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port."""
        self._server = grpc.aio.server(options=_OPTIONS)
        self._server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler("google.pubsub.v1.Publisher", self._handlers(self.publisher)),
                grpc.method_handlers_generic_handler(
                    "google.pubsub.v1.Subscriber", {**self._handlers(self.subscriber), **self._waiting_handlers()}
                ),
            )
        )
        bound: int = self._server.add_insecure_port(f"{host}:{port}")
        await self._server.start()
        return bound

    async def stop(self, *, grace_seconds: float = 0) -> None:
        """Stop listening and end all calls, streams with UNAVAILABLE."""
        server, self._server = self._server, None
        self.delivery.break_streams()
        if server is not None:
            await server.stop(grace_seconds)

    def _handlers(self, service: Publisher | Subscriber) -> dict[str, Any]:
        return {
            method: _unary(self._answering(method, getattr(service, _HUMP.sub("_", method).lower())), request, response)
            for method, (request, response) in service.METHODS.items()
        }

    def _waiting_handlers(self) -> dict[str, Any]:
        async def pull(request: Any, context: Any) -> Any:
            return await self._guarded("Pull", context, lambda: self.delivery.pull(request, context))

        async def streaming_pull(requests: Any, context: Any) -> None:
            await self._guarded("StreamingPull", context, lambda: self.delivery.streaming_pull(requests, context))

        return {
            "Pull": _unary(pull, "PullRequest", "PullResponse"),
            "StreamingPull": grpc.stream_stream_rpc_method_handler(
                streaming_pull,
                request_deserializer=MESSAGES["StreamingPullRequest"].FromString,
                response_serializer=MESSAGES["StreamingPullResponse"].SerializeToString,
            ),
        }

    def _answering(self, method: str, answer: Callable[[Any], Any]) -> Callable[..., Awaitable[Any]]:
        async def handle(request: Any, context: Any) -> Any:
            async def act() -> Any:
                return answer(request)

            return await self._guarded(method, context, act)

        return handle

    async def _guarded(
        self, method: str, context: Any, act: Callable[[], Coroutine[Any, Any, Result]]
    ) -> Result | None:
        try:
            await self._fail_if_planned(method, context, after=False)
            result = await act()
        except Refusal as refusal:
            await context.abort(grpc.StatusCode[refusal.code], str(refusal))
            return None
        await self._fail_if_planned(method, context, after=True)
        return result

    async def _fail_if_planned(self, method: str, context: Any, *, after: bool) -> None:
        code = self._faults.failing(method, after=after)
        if code is not None:
            await context.abort(code, f"{method} fails because a test asked for it.")


def _unary(handle: Callable[..., Awaitable[Any]], request: str, response: str) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        handle,
        request_deserializer=MESSAGES[request].FromString,
        response_serializer=MESSAGES[response].SerializeToString,
    )
