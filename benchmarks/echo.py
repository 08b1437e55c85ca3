"""`python -m benchmarks.echo`: what grpc.aio and the official client can do at all.

A server that confirms a publish at once and gives what was published to whoever opens a stream, as much as
the client takes: no leases, no checks, nothing is remembered once it is sent. Prints `ready on HOST:PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import grpc
import grpc.aio

from emulator.wire.pubsub import MESSAGES
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER

AT_ONCE = 1000


class Pile:
    """What was published to a topic and not yet sent."""

    def __init__(self) -> None:
        self.messages: deque[Any] = deque()
        self.woken = asyncio.Event()
        self.out = 0  # sent and not acknowledged: a client that gets more than it allows may stall


class Echo:
    """A topic and a subscription of one id share a pile."""

    def __init__(self) -> None:
        self._piles: defaultdict[str, Pile] = defaultdict(Pile)  # {id: pile}
        self._ids = count(1)

    async def publish(self, request: Any, context: Any) -> Any:
        pile = self._piles[request.topic.rpartition("/")[2]]
        ids = [str(next(self._ids)) for _ in request.messages]
        for message, each in zip(request.messages, ids, strict=True):
            message.message_id = each
        pile.messages.extend(request.messages)
        pile.woken.set()
        return MESSAGES["PublishResponse"](message_ids=ids)

    async def acknowledge(self, request: Any, context: Any) -> Any:
        pile = self._piles[request.subscription.rpartition("/")[2]]
        pile.out -= len(request.ack_ids)
        pile.woken.set()
        return MESSAGES["Empty"]()

    async def streaming_pull(self, requests: AsyncIterator[Any], context: Any) -> None:
        received = MESSAGES["ReceivedMessage"]
        first = await anext(requests)
        pile = self._piles[first.subscription.rpartition("/")[2]]
        while True:
            await pile.woken.wait()
            room = first.max_outstanding_messages - pile.out
            batch = [pile.messages.popleft() for _ in range(min(AT_ONCE, room, len(pile.messages)))]
            if not batch:
                pile.woken.clear()
                continue
            pile.out += len(batch)
            sent = [received(ack_id=message.message_id, message=message) for message in batch]
            await context.write(MESSAGES["StreamingPullResponse"](received_messages=sent))


async def main() -> None:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    echo = Echo()
    waiting = {"Publish": echo.publish, "StreamingPull": echo.streaming_pull, "Acknowledge": echo.acknowledge}
    for interface in (PUBLISHER, SUBSCRIBER):
        handlers = {name: _handler(method, waiting.get(name)) for name, method in interface.methods.items()}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(interface.name, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"ready on 127.0.0.1:{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


def _handler(method: Any, handle: Any) -> Any:
    async def confirm(request: Any, context: Any) -> Any:
        return method.response()

    make = grpc.stream_stream_rpc_method_handler if method.streams else grpc.unary_unary_rpc_method_handler
    return make(
        handle or confirm,
        request_deserializer=method.request.FromString,
        response_serializer=method.response.SerializeToString,
    )


if __name__ == "__main__":
    asyncio.run(main())
