"""What the emulator does by itself while it serves: it dispatches tasks and pushes messages, with tokens."""

from __future__ import annotations

import time
from collections.abc import Mapping

from emulator.identity.issuer import Issuer
from emulator.outgoing import Sender
from emulator.pubsub.pusher import Pushers
from emulator.state import State
from emulator.tasks.app_engine import AppEngine
from emulator.tasks.dispatcher import Dispatcher
from emulator.tasks.requests import Requests


class Outward:
    """Issuer, dispatcher and pushers of one emulator, over connections that they share."""

    def __init__(self, state: State, *, app_engine: Mapping[str, str], history: bool) -> None:
        self._sender = Sender(clock=state.clock)
        self.issuer = Issuer(clock=time.time)
        self.app_engine = AppEngine(app_engine)
        requests = Requests(issuer=self.issuer, app_engine=self.app_engine)
        self.dispatcher = Dispatcher(
            state.queues, self._sender, clock=state.clock, request=requests.of, history=history
        )
        self._pushers = Pushers(state.subscriptions, self._sender, issuer=self.issuer, clock=state.clock)
        state.when_advanced += [self._sender.clock_moved, self.dispatcher.tick_all, self._pushers.look_again]

    def start(self) -> None:
        """Dispatch and push, again after a stop."""
        self.dispatcher.start()
        self._pushers.start()

    async def stop(self) -> None:
        """Break off what is under way, which comes again, and close all connections."""
        await self.dispatcher.stop()
        await self._pushers.stop()
        await self._sender.close()
