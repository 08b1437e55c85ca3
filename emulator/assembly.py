"""Puts one emulator together: state, services, server."""

from __future__ import annotations

from emulator.pubsub.delivery import Delivery
from emulator.pubsub.publisher import Publisher
from emulator.pubsub.subscriber import Subscriber
from emulator.serving.server import Server
from emulator.state import State


def assemble(*, history: bool, pull_wait_seconds: float) -> tuple[State, Server]:
    """The state and the server over it; with a history, tests can ask what was published and acknowledged."""
    state = State(history=history)
    server = Server(
        Publisher(state.topics, state.subscriptions),
        Subscriber(state.subscriptions, history=history),
        Delivery(state.subscriptions, pull_wait_seconds=pull_wait_seconds),
        state.faults,
    )
    return state, server
