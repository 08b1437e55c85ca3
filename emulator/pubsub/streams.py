"""One streaming pull: leased entries out, acknowledgements and extensions in.

A stream holds at most what its client allowed, and gives everything back when it ends, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from emulator.errors import InvalidArgument, Unavailable
from emulator.pubsub.lanes import Entry
from emulator.pubsub.received import on_wire
from emulator.pubsub.subscriber import MAX_ACK_SECONDS, checked_extension
from emulator.pubsub.subscriptions import Subscription
from emulator.pubsub.takers import Holder
from emulator.wire.pubsub import MESSAGES


class Stream:
    """The server's end of a stream."""

    def __init__(self, subscription: Subscription, first: Any) -> None:
        self._subscription = subscription
        self._backlog = subscription.backlog
        self._woken = asyncio.Event()
        # 0 or less means that the client sets no limit.
        self._holder = Holder(
            self.wake,
            max_messages=first.max_outstanding_messages if first.max_outstanding_messages > 0 else None,
            max_bytes=first.max_outstanding_bytes if first.max_outstanding_bytes > 0 else None,
        )
        self._ack_seconds = 0
        self._broken = False
        self._read(first)

    def wake(self) -> None:
        """There may be something to deliver, or a reason to end."""
        self._woken.set()

    def break_off(self) -> None:
        """End with UNAVAILABLE."""
        self._broken = True
        self.wake()

    async def serve(self, requests: AsyncIterator[Any], context: Any) -> None:
        """Deliver until the client leaves or the subscription ends."""
        self._subscription.watchers.add(self.wake)
        listening = asyncio.create_task(self._listen(requests))
        listening.add_done_callback(lambda _: self.wake())
        try:
            await self._deliver(context, listening)
        finally:
            listening.cancel()
            self._subscription.watchers.discard(self.wake)
            self._backlog.release(self._holder)

    async def _listen(self, requests: AsyncIterator[Any]) -> None:
        async for request in requests:
            self._read(request)

    async def _deliver(self, context: Any, listening: asyncio.Task[None]) -> None:
        while not listening.done():
            self._woken.clear()
            self._subscription.check_usable()
            if self._broken:
                raise Unavailable("The server broke the stream off; open another.")
            taken = self._backlog.take(self._holder.room, by=self._holder, ack_seconds=self._ack_seconds)
            if taken:
                await context.write(self._response(taken))
                continue
            if not self._holder.full:
                self._backlog.wait(self._holder)
            await self._woken.wait()
        with contextlib.suppress(asyncio.CancelledError):
            await listening  # a refused request ends the stream with its status

    def _read(self, request: Any) -> None:
        if request.stream_ack_deadline_seconds:
            self._ack_seconds = _checked_deadline(request.stream_ack_deadline_seconds)
        if len(request.modify_deadline_ack_ids) != len(request.modify_deadline_seconds):
            raise InvalidArgument("modify_deadline_ack_ids and modify_deadline_seconds must be as long as each other.")
        for ack_id, seconds in zip(request.modify_deadline_ack_ids, request.modify_deadline_seconds, strict=True):
            self._backlog.extend([ack_id], seconds=checked_extension(seconds))
        if request.ack_ids:
            self._backlog.acknowledge(request.ack_ids)

    def _response(self, taken: list[Entry]) -> Any:
        shown = self._subscription.shown
        return MESSAGES["StreamingPullResponse"](
            received_messages=on_wire(self._subscription, taken),
            subscription_properties=MESSAGES["StreamingPullResponse.SubscriptionProperties"](
                exactly_once_delivery_enabled=shown.enable_exactly_once_delivery,
                message_ordering_enabled=shown.enable_message_ordering,
            ),
        )


def _checked_deadline(seconds: int) -> int:
    if not 10 <= seconds <= MAX_ACK_SECONDS:
        raise InvalidArgument(f"stream_ack_deadline_seconds is 10 to {MAX_ACK_SECONDS}, not {seconds}.")
    return seconds
