"""Puts one emulator together: state, services, server. The one place that lists the services."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.pubsub.delivery import Delivery
from emulator.pubsub.publisher import Publisher
from emulator.pubsub.subscriber import Subscriber
from emulator.serving.server import Server
from emulator.serving.service import Service, service
from emulator.state import State
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One emulator, ready to be started."""

    state: State
    services: dict[str, Service]  # {full name: service}
    delivery: Delivery
    server: Server


def assemble(*, history: bool, pull_wait_seconds: float) -> Cloud:
    """An emulator; with a history, tests can ask what was published and acknowledged."""
    state = State(history=history)
    delivery = Delivery(state.subscriptions, pull_wait_seconds=pull_wait_seconds)
    services = (
        service(PUBLISHER, Publisher(state.topics, state.subscriptions)),
        service(SUBSCRIBER, Subscriber(state.subscriptions, history=history), delivery),
    )
    return Cloud(
        state=state,
        services={each.name: each for each in services},
        delivery=delivery,
        server=Server(services, state.faults, before_stop=delivery.break_streams),
    )
