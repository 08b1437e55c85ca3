"""The waiting calls of google.pubsub.v1.Subscriber: Pull and StreamingPull.

Leased entries go out as soon as a backlog has any; nothing polls. A stream holds at most what its client allowed, and gives
everything back when it ends, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from emulator.backlog import Room
from emulator.errors import InvalidArgument
from emulator.lanes import Entry, Holder
from emulator.schema import MESSAGES
from emulator.subscriber import MAX_ACK_SECONDS, checked_extension
from emulator.subscriptions import Subscription, Subscriptions

# One hand-out is small enough that several streams of a subscription get their share.
_MESSAGES_AT_ONCE = 1000
_BYTES_AT_ONCE = 1_000_000


class Delivery:
    """Answers the waiting calls."""

    def __init__(self, subscriptions: Subscriptions, *, pull_wait_seconds: float) -> None:
        self._subscriptions = subscriptions
        self._pull_wait_seconds = pull_wait_seconds

    async def pull(self, request: Any, context: Any) -> Any:
        """Answer with what there is, or wait a moment for something."""
        if request.max_messages <= 0:
            raise InvalidArgument("max_messages must be positive.")
        subscription = self._subscriptions.usable(request.subscription)
        taken = subscription.backlog.take(Room(messages=request.max_messages))
        if not taken and not request.return_immediately:
            taken = await self._wait_and_take(subscription, request.max_messages, context)
        return MESSAGES["PullResponse"](received_messages=_on_wire(subscription, taken))

    async def streaming_pull(self, requests: AsyncIterator[Any], context: Any) -> None:
        """Deliver until the client leaves or the subscription ends."""
        first = await anext(requests, None)
        if first is None:
            return
        stream = _Stream(self._subscriptions.usable(first.subscription), first)
        listening = asyncio.create_task(stream.listen(requests))
        listening.add_done_callback(lambda task: stream.wake())
        try:
            await stream.deliver(context, listening)
        finally:
            listening.cancel()
            stream.end()

    async def _wait_and_take(self, subscription: Subscription, max_messages: int, context: Any) -> list[Entry]:
        seconds = min(self._pull_wait_seconds, (context.time_remaining() or 3600) * 0.9)
        woken = asyncio.Event()
        subscription.backlog.listeners.add(woken.set)
        taken: list[Entry] = []
        try:
            async with asyncio.timeout(seconds):
                while not taken:
                    await woken.wait()
                    woken.clear()
                    subscription.check_usable()
                    taken = subscription.backlog.take(Room(messages=max_messages))
        except TimeoutError:
            pass  # an empty answer is right
        finally:
            subscription.backlog.listeners.discard(woken.set)
        return taken


class _Stream:
    def __init__(self, subscription: Subscription, first: Any) -> None:
        self._subscription = subscription
        self._backlog = subscription.backlog
        self._woken = asyncio.Event()
        self._holder = Holder(self.wake)
        # 0 or less means that the client sets no limit.
        self._max_messages = first.max_outstanding_messages if first.max_outstanding_messages > 0 else None
        self._max_bytes = first.max_outstanding_bytes if first.max_outstanding_bytes > 0 else None
        self._ack_seconds = 0
        self._read(first)
        self._backlog.listeners.add(self.wake)

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        self._backlog.listeners.discard(self.wake)
        self._backlog.release(self._holder)

    async def listen(self, requests: AsyncIterator[Any]) -> None:
        async for request in requests:
            self._read(request)

    async def deliver(self, context: Any, listening: asyncio.Task[None]) -> None:
        while not listening.done():
            self._woken.clear()
            self._subscription.check_usable()
            taken = self._backlog.take(self._room(), holder=self._holder, ack_seconds=self._ack_seconds)
            if taken:
                await context.write(self._response(taken))
            else:
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

    def _room(self) -> Room:
        messages, size = _MESSAGES_AT_ONCE, _BYTES_AT_ONCE
        if self._max_messages is not None:
            messages = min(messages, self._max_messages - self._holder.messages)
        if self._max_bytes is not None:
            size = min(size, self._max_bytes - self._holder.bytes)
        return Room(messages=messages, bytes=size)

    def _response(self, taken: list[Entry]) -> Any:
        shown = self._subscription.shown
        return MESSAGES["StreamingPullResponse"](
            received_messages=_on_wire(self._subscription, taken),
            subscription_properties=MESSAGES["SubscriptionProperties"](
                exactly_once_delivery_enabled=shown.enable_exactly_once_delivery,
                message_ordering_enabled=shown.enable_message_ordering,
            ),
        )


def _checked_deadline(seconds: int) -> int:
    if not 10 <= seconds <= MAX_ACK_SECONDS:
        raise InvalidArgument(f"stream_ack_deadline_seconds is 10 to {MAX_ACK_SECONDS}, not {seconds}.")
    return seconds


def _on_wire(subscription: Subscription, entries: list[Entry]) -> list[Any]:
    received, pubsub_message, timestamp = (MESSAGES[name] for name in ("ReceivedMessage", "PubsubMessage", "Timestamp"))
    counts = subscription.shown.HasField("dead_letter_policy")
    found = []
    for entry in entries:
        message = entry.message
        seconds, fraction = divmod(message.publish_time, 1)
        wire = pubsub_message(
            data=message.data,
            attributes=message.attributes,
            message_id=message.message_id,
            ordering_key=message.ordering_key,
            publish_time=timestamp(seconds=int(seconds), nanos=int(fraction * 1e9)),
        )
        found.append(received(ack_id=entry.ack_id, message=wire, delivery_attempt=entry.attempts if counts else 0))
    return found
