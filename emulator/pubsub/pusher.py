"""Pushes the messages of subscriptions that have an endpoint, each in a request of its own; nothing polls.

Ordering keys go one message at a time. An answer acknowledges, everything else gives the message back: retry policy and
dead letters are the backlog's.
"""

from __future__ import annotations

import asyncio
from functools import partial

from emulator.clock import Clock
from emulator.identity.issuer import Issuer
from emulator.outgoing import Outcome, Outgoing, Sends
from emulator.pubsub import push
from emulator.pubsub.lanes import Entry
from emulator.pubsub.push_pace import Pace
from emulator.pubsub.rules import Room
from emulator.pubsub.subscriptions import Subscription, Subscriptions
from emulator.pubsub.takers import Taker


class Pusher:
    """Pushes one subscription."""

    def __init__(
        self,
        subscription: Subscription,
        sender: Sends,
        *,
        issuer: Issuer,
        under_way: set[asyncio.Task[Outcome]],
        clock: Clock,
    ) -> None:
        self._subscription = subscription
        self._backlog = subscription.backlog
        self._sender = sender
        self._issuer = issuer
        self._clock = clock
        self._pace = Pace()
        self._taker = Taker(self._wake)
        self._under_way = under_way  # of all pushers
        self._outstanding = 0  # of this one
        self._next: asyncio.Handle | None = None
        self._stopped = False
        self._wake()

    def stop(self) -> None:
        """Take no more; what is outstanding is still waited for."""
        self._stopped = True
        if self._next is not None:
            self._next.cancel()
        self._backlog.leave(self._taker)

    def look_again(self) -> None:
        """The clock was moved, or the configuration changed."""
        self._wake()

    def _wake(self) -> None:
        # Not at once: whoever wakes a taker is in the middle of its work.
        if self._next is not None:
            self._next.cancel()
        self._next = asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._next = None
        pause = self._pace.paused_until - self._clock()
        if self._stopped:
            return
        if pause > 0:
            self._next = asyncio.get_running_loop().call_later(pause, self._pump)
            return
        while self._outstanding < self._pace.window:
            taken = self._backlog.take(Room(messages=1), by=self._taker)
            if not taken:
                self._backlog.wait(self._taker)
                break
            for entry in taken:
                self._start(entry)

    def _start(self, entry: Entry) -> None:
        sending = asyncio.get_running_loop().create_task(self._send(entry))
        self._outstanding += 1
        self._under_way.add(sending)
        sending.add_done_callback(partial(self._sent, entry.ack_id, self._clock()))

    async def _send(self, entry: Entry) -> Outcome:
        return await self._sender.send(self._request(entry), timeout_seconds=self._backlog.rules.ack_seconds)

    def _sent(self, ack_id: str, sent_at: float, sending: asyncio.Task[Outcome]) -> None:
        self._outstanding -= 1
        self._under_way.discard(sending)
        if sending.cancelled():
            self._backlog.extend([ack_id], seconds=0)
        elif push.acknowledges(sending.result()):
            self._pace.succeeded()
            self._backlog.acknowledge([ack_id])
        else:
            pauses = self._backlog.rules.backoff_seconds is None
            self._pace.failed(sent_at=sent_at, now=self._clock(), pauses=pauses)
            self._backlog.extend([ack_id], seconds=0)
        if not self._stopped:
            self._wake()

    def _request(self, entry: Entry) -> Outgoing:
        to = self._subscription.settings.push
        assert to is not None
        counts = self._backlog.rules.max_attempts is not None
        attempt = entry.attempts if counts else None
        pushed = push.Pushed(message=entry.delivered, subscription=self._subscription.name, attempt=attempt)
        request = push.request(to, pushed)
        if not to.account:
            return request
        token = self._issuer.shared_id_token(email=to.account, audience=to.audience)
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        return Outgoing(verb=request.verb, url=request.url, headers=headers, body=request.body)


class Pushers:
    """One pusher for each subscription that is pushed, while the emulator serves."""

    def __init__(self, subscriptions: Subscriptions, sender: Sends, *, issuer: Issuer, clock: Clock) -> None:
        self._subscriptions = subscriptions
        self._sender = sender
        self._issuer = issuer
        self._clock = clock
        self._pushers: dict[Subscription, Pusher] = {}
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._serving = False
        subscriptions.on_push = self._follow

    def start(self) -> None:
        """Push what has an endpoint."""
        self._serving = True
        for subscription in self._subscriptions.all():
            self._follow(subscription)

    async def stop(self) -> None:
        """Give back what is outstanding."""
        self._serving = False
        for pusher in self._pushers.values():
            pusher.stop()
        self._pushers.clear()
        under_way = tuple(self._under_way)
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def look_again(self) -> None:
        """The clock was moved."""
        for pusher in self._pushers.values():
            pusher.look_again()

    def _follow(self, subscription: Subscription) -> None:
        wanted = (
            self._serving
            and subscription.settings.push is not None
            and not (subscription.deleted or subscription.detached)
        )
        pusher = self._pushers.get(subscription)
        if pusher is not None and not wanted:
            self._pushers.pop(subscription).stop()
        elif pusher is not None:
            pusher.look_again()
        elif wanted:
            self._pushers[subscription] = Pusher(
                subscription, self._sender, issuer=self._issuer, under_way=self._under_way, clock=self._clock
            )
