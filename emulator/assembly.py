"""Puts one emulator together: state, services, server. The one place that lists the services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emulator import admin
from emulator.iam.service import IamPolicy, Resource
from emulator.pubsub.delivery import Delivery
from emulator.pubsub.publisher import Publisher
from emulator.pubsub.replay import Replay
from emulator.pubsub.subscriber import Subscriber
from emulator.schemas.service import SchemaService
from emulator.serving.server import Server
from emulator.serving.service import Service, service
from emulator.state import State
from emulator.wire.iam import IAM_POLICY
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER
from emulator.wire.schemas import SCHEMA_SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One emulator, ready to be started."""

    state: State
    services: dict[str, Service]  # {full name: service}
    delivery: Delivery
    server: Server

    async def sow(self, seed_file: Path) -> None:
        """Create what the file declares, or raise SeedError."""
        from emulator.seeding import sow

        await sow(seed_file, self.server.answer)


def assemble(*, history: bool, pull_wait_seconds: float) -> Cloud:
    """An emulator; with a history, tests can ask what was published and acknowledged."""
    state = State(history=history)
    delivery = Delivery(state.subscriptions, pull_wait_seconds=pull_wait_seconds)
    # What has an IAM policy, by the collection in its name.
    finders: dict[str, Callable[[str], Resource]] = {
        "topics": state.topics.get,
        "subscriptions": state.subscriptions.get,
        "snapshots": state.snapshots.get,
        "schemas": state.schemas.schema,
    }
    services = (
        service(PUBLISHER, Publisher(state.topics, state.subscriptions, state.snapshots)),
        service(
            SUBSCRIBER,
            Subscriber(state.subscriptions, history=history),
            Replay(state.subscriptions, state.snapshots),
            delivery,
        ),
        service(SCHEMA_SERVICE, SchemaService(state.schemas)),
        service(IAM_POLICY, IamPolicy(finders)),
    )
    return Cloud(
        state=state,
        services={each.name: each for each in services},
        delivery=delivery,
        server=Server(services, state.faults, pages=admin.pages(state), before_stop=delivery.break_streams),
    )
