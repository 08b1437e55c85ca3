"""The waiting calls of google.pubsub.v1.Subscriber: Pull and StreamingPull.

Leased entries go out as soon as a backlog has any; nothing polls.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from emulator.errors import InvalidArgument
from emulator.pubsub.lanes import Entry
from emulator.pubsub.received import fill
from emulator.pubsub.rules import Room
from emulator.pubsub.streams import Stream
from emulator.pubsub.subscriptions import Subscription, Subscriptions
from emulator.pubsub.takers import Taker
from emulator.wire.outgoing import MESSAGES

_MOST_MESSAGES = 1000  # of one pull, as in the cloud


class Delivery:
    """Answers the waiting calls."""

    def __init__(self, subscriptions: Subscriptions, *, pull_wait_seconds: float) -> None:
        self._subscriptions = subscriptions
        self._pull_wait_seconds = pull_wait_seconds
        self._streams: set[Stream] = set()

    async def pull(self, request: Any, context: Any) -> Any:
        """Answer with what there is, or wait a moment for something."""
        if request.max_messages <= 0:
            raise InvalidArgument(f"max_messages must be at least 1, not {request.max_messages}.")
        subscription = self._pulled(request.subscription)
        taken = subscription.backlog.take(_room(request))
        if not taken and not request.return_immediately:
            taken = await self._wait_and_take(subscription, request, context)
        return fill(MESSAGES["PullResponse"](), subscription, taken)

    async def streaming_pull(self, requests: AsyncIterator[Any], context: Any) -> None:
        """Deliver until the client leaves or the subscription ends."""
        first = await anext(requests, None)
        if first is None:
            return
        stream = Stream(self._pulled(first.subscription), first)
        self._streams.add(stream)
        try:
            await stream.serve(requests, context)
        finally:
            self._streams.discard(stream)

    @property
    def open_streams(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def break_streams(self) -> None:
        """End every stream with UNAVAILABLE."""
        for stream in self._streams:
            stream.break_off()

    def _pulled(self, name: str) -> Subscription:
        subscription = self._subscriptions.usable(name)
        subscription.check_pulled()
        return subscription

    async def _wait_and_take(self, subscription: Subscription, request: Any, context: Any) -> list[Entry]:
        seconds = min(self._pull_wait_seconds, (context.time_remaining() or 3600) * 0.9)
        woken = asyncio.Event()
        taker = Taker(woken.set)
        subscription.watchers.add(woken.set)
        taken: list[Entry] = []
        try:
            async with asyncio.timeout(seconds):
                while not taken:
                    subscription.backlog.wait(taker)
                    await woken.wait()
                    woken.clear()
                    subscription.check_pulled()
                    taken = subscription.backlog.take(_room(request), by=taker)
        except TimeoutError:
            pass  # an empty answer is right
        finally:
            subscription.watchers.discard(woken.set)
            subscription.backlog.leave(taker)
        return taken


def _room(request: Any) -> Room:
    return Room(messages=min(request.max_messages, _MOST_MESSAGES))
