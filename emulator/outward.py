"""What the emulator does by itself while it serves: it dispatches tasks and pushes messages, with tokens."""

from __future__ import annotations

import time

from emulator.identity.issuer import Issuer
from emulator.outgoing import Sender
from emulator.pubsub.pusher import Pushers
from emulator.state import State
from emulator.tasks.dispatcher import Dispatcher
from emulator.tasks.requests import Requests


class Outward:
    """Issuer, dispatcher and pushers of one emulator, over connections that they share."""

    def __init__(self, state: State, *, app_engine_url: str) -> None:
        self._sender = Sender()
        self.issuer = Issuer(clock=time.time)
        requests = Requests(issuer=self.issuer, app_engine=lambda _: app_engine_url)
        self.dispatcher = Dispatcher(state.queues, self._sender, clock=state.clock, request=requests.of)
        self._pushers = Pushers(state.subscriptions, self._sender, self.issuer, clock=state.clock)
        state.when_advanced += [self.dispatcher.tick_all, self._pushers.look_again]

    def start(self) -> None:
        """Dispatch and push, again after a stop."""
        self.dispatcher.start()
        self._pushers.start()

    async def stop(self) -> None:
        """Break off what is under way, which comes again, and close all connections."""
        await self.dispatcher.stop()
        await self._pushers.stop()
        await self._sender.close()
