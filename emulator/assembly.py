"""Puts one emulator together: state, services, server. The one place that lists the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emulator import admin
from emulator.console import pages as console
from emulator.iam.service import IamPolicy, Resource
from emulator.identity import certificates, metadata
from emulator.identity.accounts import PROJECT, Account
from emulator.outward import Outward
from emulator.pubsub.delivery import Delivery
from emulator.pubsub.publisher import Publisher
from emulator.pubsub.replay import Replay
from emulator.pubsub.subscriber import Subscriber
from emulator.schemas.service import SchemaService
from emulator.serving.keeping import kept
from emulator.serving.server import Server
from emulator.serving.service import Service, service
from emulator.state import State
from emulator.tasks.batches import Batches
from emulator.tasks.locations import Locations
from emulator.tasks.operations import Operations
from emulator.tasks.service import CloudTasks
from emulator.tasks.versions import Version
from emulator.web import Reply, Request
from emulator.wire.iam import IAM_POLICY
from emulator.wire.locations import LOCATIONS
from emulator.wire.operations import OPERATIONS
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER
from emulator.wire.schemas import SCHEMA_SERVICE
from emulator.wire.tasks import V2, V2BETA3
from emulator.wire.tasks_methods import CLOUD_TASKS, CLOUD_TASKS_BETA

if TYPE_CHECKING:  # SQLite is imported when it is needed
    from emulator.storage.disk import Disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One emulator, ready to be started."""

    state: State
    services: dict[str, Service]  # {full name: service}
    delivery: Delivery
    server: Server
    outward: Outward
    disk: Disk | None  # with a data directory

    async def start(self, host: str, port: int) -> int:
        """Serve, and return the port. OSError if it cannot be had."""
        bound = await self.server.start(host, port)
        self.outward.start()
        return bound

    async def stop(self, *, grace_seconds: float = 0) -> None:
        """Stop serving and dispatching; the state stays."""
        await self.server.stop(grace_seconds=grace_seconds)
        await self.outward.stop()

    async def recall(self) -> None:
        """Have what the data directory keeps, before anything else; UnusableDirectory if it is damaged."""
        if self.disk is not None:
            from emulator.recalling import recall

            recall(self.state, self.disk)

    async def close(self) -> None:
        """Leave the data directory, after the end."""
        await self.state.journal.close()

    async def sow(self, seed_file: Path) -> None:
        """Create what the file declares, or raise SeedError."""
        from emulator.seeding import sow

        await sow(seed_file, self.server.answer)


def assemble(
    *,
    history: bool,
    pull_wait_seconds: float,
    project: str = PROJECT,
    app_engine: Mapping[str, str] | None = None,
    data_dir: Path | None = None,
) -> Cloud:
    """An emulator; with a history, tests can ask what was published and acknowledged. With a data directory, what it
    keeps has to be recalled; UnusableDirectory if it cannot be had."""
    disk = None if data_dir is None else _disk(data_dir)
    state = State(history=history, journal=disk)
    delivery = Delivery(state.subscriptions, pull_wait_seconds=pull_wait_seconds)
    outward = Outward(state, app_engine=app_engine or {}, history=history)
    services = [*_pubsub(state, delivery, history=history), *_tasks(state, outward)]
    if disk is not None:
        services = [kept(each, disk) for each in services]
    tokens = {**certificates.pages(outward.issuer), **metadata.pages(outward.issuer, Account(project=project))}

    async def ask(request: Request) -> Reply:
        return await server.answer(request)

    pages = {**admin.pages(state), **tokens, **console.pages(state, ask)}
    pages["GET", "/"] = metadata.greeting(pages["GET", "/"])
    server = Server(services, state.call_faults, pages=pages, before_stop=delivery.break_streams)
    return Cloud(
        state=state,
        services={each.name: each for each in services},
        delivery=delivery,
        server=server,
        outward=outward,
        disk=disk,
    )


def _disk(data_dir: Path) -> Disk:
    from emulator.storage.disk import Disk

    return Disk(data_dir)


def _pubsub(state: State, delivery: Delivery, *, history: bool) -> Iterator[Service]:
    # What has an IAM policy, by the collection in its name.
    finders: dict[str, Callable[[str], Resource]] = {
        "topics": state.topics.get,
        "subscriptions": state.subscriptions.get,
        "snapshots": state.snapshots.get,
        "schemas": state.schemas.schema,
    }
    subscriber = Subscriber(state.subscriptions, history=history)
    yield service(PUBLISHER, Publisher(state.topics, state.subscriptions, state.snapshots))
    yield service(SUBSCRIBER, subscriber, Replay(state.subscriptions, state.snapshots), delivery)
    yield service(SCHEMA_SERVICE, SchemaService(state.schemas))
    yield service(IAM_POLICY, IamPolicy(finders, journal=state.journal))


def _tasks(state: State, outward: Outward) -> Iterator[Service]:
    policies = IamPolicy({"queues": state.queues.get}, journal=state.journal)
    operations = Operations(clock=state.clock)
    for interface, version in ((CLOUD_TASKS, Version(V2)), (CLOUD_TASKS_BETA, Version(V2BETA3))):
        tasks = CloudTasks(
            version, state.queues, dispatcher=outward.dispatcher, app_engine=outward.app_engine, clock=state.clock
        )
        yield service(interface, tasks, Batches(version, state.queues, tasks=tasks, operations=operations), policies)
    yield service(OPERATIONS, operations)
    yield service(LOCATIONS, Locations())
