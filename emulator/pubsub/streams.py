"""One streaming pull: leased entries out, acknowledgements and extensions in.

A stream holds at most what its client allowed, and gives everything back when it ends, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from emulator.errors import InvalidArgument, Unavailable
from emulator.pubsub.confirming import obey
from emulator.pubsub.lanes import Entry
from emulator.pubsub.limits import MAX_ACK_SECONDS, check_range
from emulator.pubsub.received import fill
from emulator.pubsub.subscriptions import Subscription
from emulator.pubsub.takers import Holder
from emulator.wire import outgoing
from emulator.wire.call import Call

# What only the first request of a stream may say.
_FIRST_ONLY = ("subscription", "client_id", "max_outstanding_messages", "max_outstanding_bytes", "protocol_version")


class Stream:
    """The server's end of a stream."""

    def __init__(self, subscription: Subscription, first: Any) -> None:
        check_range("stream_ack_deadline_seconds", first.stream_ack_deadline_seconds, 10, MAX_ACK_SECONDS)
        self._subscription = subscription
        self._woken = asyncio.Event()
        # 0 or less means that the client sets no limit.
        self._holder = Holder(
            self.wake,
            max_messages=first.max_outstanding_messages if first.max_outstanding_messages > 0 else None,
            max_bytes=first.max_outstanding_bytes if first.max_outstanding_bytes > 0 else None,
        )
        self._keeps_alive = first.protocol_version >= 1
        self._ack_seconds = first.stream_ack_deadline_seconds
        self._answers: deque[Any] = deque()  # responses to requests: confirmations, signs of life
        self._broken = False
        self._obey(first)

    def wake(self) -> None:
        """There may be something to deliver, or a reason to end."""
        self._woken.set()

    def break_off(self) -> None:
        """End with UNAVAILABLE."""
        self._broken = True
        self.wake()

    async def serve(self, requests: AsyncIterator[Any], call: Call) -> None:
        """Deliver until the client leaves or the subscription ends."""
        self._subscription.watchers.add(self.wake)
        listening = asyncio.create_task(self._listen(requests))
        listening.add_done_callback(lambda _: self.wake())
        try:
            await self._deliver(call, listening)
        finally:
            listening.cancel()
            self._subscription.watchers.discard(self.wake)
            self._subscription.backlog.release(self._holder)

    async def _listen(self, requests: AsyncIterator[Any]) -> None:
        async for request in requests:
            self._read(request)

    async def _deliver(self, call: Call, listening: asyncio.Task[None]) -> None:
        while not listening.done():
            self._woken.clear()
            self._subscription.check_pulled()
            if self._broken:
                raise Unavailable("The server broke the stream off; open another.")
            response = self._next_response()
            if response is not None:
                await call.write(response)
                continue
            if not self._holder.full:
                self._subscription.backlog.wait(self._holder)
            await asyncio.sleep(0)  # a transform may take out a whole backlog: others get their turn
            await self._woken.wait()
        with contextlib.suppress(asyncio.CancelledError):
            await listening  # a refused request ends the stream with its status

    def _read(self, request: Any) -> None:
        for field in _FIRST_ONLY:
            if getattr(request, field):
                raise InvalidArgument(f"{field} may be set in the first request of a stream only.")
        if request.stream_ack_deadline_seconds:
            check_range("stream_ack_deadline_seconds", request.stream_ack_deadline_seconds, 10, MAX_ACK_SECONDS)
            self._ack_seconds = request.stream_ack_deadline_seconds
        if self._keeps_alive and not request.ack_ids and not request.modify_deadline_ack_ids:
            self._answers.append(outgoing.MESSAGES["StreamingPullResponse"]())
            self.wake()
        self._obey(request)

    def _obey(self, request: Any) -> None:
        self._subscription.last_used = self._subscription.backlog.now
        confirmed = obey(self._subscription, request)
        if confirmed is not None:
            self._answers.append(confirmed)
            self.wake()

    def _next_response(self) -> Any:
        backlog, holder = self._subscription.backlog, self._holder
        taken = backlog.take(holder.room, by=holder, ack_seconds=self._ack_seconds)
        if not taken and not self._answers:
            return None
        return self._filled(
            self._answers.popleft() if self._answers else outgoing.MESSAGES["StreamingPullResponse"](), taken
        )

    def _filled(self, response: Any, taken: list[Entry]) -> Any:
        rules = self._subscription.settings.rules
        fill(response, self._subscription, taken)
        response.subscription_properties.exactly_once_delivery_enabled = rules.exactly_once
        response.subscription_properties.message_ordering_enabled = rules.ordered
        return response
