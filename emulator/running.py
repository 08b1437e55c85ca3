"""The emulator inside a test: `with Emulator() as cloud:` serves it on a free port of this machine.

It runs on a thread of its own, one for all emulators of a process, since gRPC's asyncio allows only one loop. Every
method may be called from any thread and returns when it has taken effect.
"""

from __future__ import annotations

import asyncio
import functools
import math
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import grpc

from emulator.assembly import assemble
from emulator.call_faults import ANY, Chance, Delays, PlannedFailure
from emulator.identity.accounts import PROJECT
from emulator.pubsub.drafts import Draft
from emulator.pubsub.messages import Message
from emulator.pubsub.record import Event
from emulator.tasks.attempts import Task
from emulator.tasks.history import Dispatched
from emulator.wire.pubsub import MESSAGES
from emulator.wire.tasks import V2

Result = TypeVar("Result")

_HOST = "127.0.0.1"
_QUEUES = "/queues/"  # in the name of a queue
_ports: set[int] = set()  # that emulators of this process have had


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="emulator", daemon=True).start()
    return loop


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Let the emulators' loop do the work, and return when it is done."""
    return asyncio.run_coroutine_threadsafe(work, _loop()).result()


class Emulator:
    """Pub/Sub for a test, with faults and inspection."""

    def __init__(
        self,
        *,
        port: int = 0,
        pull_wait_seconds: float = 0.5,
        seed_file: str | Path | None = None,
        project: str = PROJECT,
        app_engine: Mapping[str, str] | None = None,
        data_dir: str | Path | None = None,
    ) -> None:
        self._port = port
        self._cloud = assemble(
            history=True,
            pull_wait_seconds=pull_wait_seconds,
            project=project,
            app_engine=app_engine,
            data_dir=None if data_dir is None else Path(data_dir),
        )
        self._state = self._cloud.state
        run(self._cloud.recall())
        if seed_file is not None:
            run(self._cloud.sow(Path(seed_file)))

    def __enter__(self) -> Self:
        self.serve()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop_serving()
        run(self._cloud.close())

    @property
    def host(self) -> str:
        """Host and port, as clients want them."""
        return f"{_HOST}:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """What clients and google-auth read; CLOUD_TASKS_EMULATOR_HOST is for your own code."""
        return {
            "PUBSUB_EMULATOR_HOST": self.host,
            "CLOUD_TASKS_EMULATOR_HOST": self.host,
            "GCE_METADATA_HOST": self.host,
            "GCE_METADATA_IP": self.host,
        }

    @property
    def connections(self) -> int:
        """How many connections clients have open."""
        return self._call(lambda: self._cloud.server.connections)

    @property
    def streams(self) -> int:
        """How many streaming pulls are open."""
        return self._call(lambda: self._cloud.delivery.open_streams)

    def serve(self) -> None:
        """Serve on the port; after an outage it is the same port, with everything as it was."""
        port = run(self._cloud.start(_HOST, self._port))
        # gRPC remembers that a port was dead: the next call there fails at once, even seconds later.
        while not self._port and port in _ports:
            run(self._cloud.stop())
            port = run(self._cloud.start(_HOST, 0))
        self._port = port
        _ports.add(port)

    def stop_serving(self) -> None:
        """Begin an outage: connections break, the state stays."""
        run(self._cloud.stop())

    def reset(self) -> None:
        """Take away everything that was created; streams end as if their subscription was deleted."""
        self._call(self._state.clear)

    def create_topic(self, name: str) -> None:
        """Create a topic with default settings."""
        self._ask("google.pubsub.v1.Publisher", "CreateTopic", MESSAGES["Topic"](name=name))

    def create_subscription(self, name: str, topic: str, **fields: Any) -> None:
        """Create a subscription; fields as in the API, `enable_message_ordering=True` for example."""
        sent = MESSAGES["Subscription"](name=name, topic=topic, **fields)
        self._ask("google.pubsub.v1.Subscriber", "CreateSubscription", sent)

    def push(self, subscription: str, endpoint: str, **config: Any) -> None:
        """Push the subscription's messages from now on; with an empty endpoint they are pulled again."""
        push_config = MESSAGES["PushConfig"](push_endpoint=endpoint, **config)
        request = MESSAGES["ModifyPushConfigRequest"](subscription=subscription, push_config=push_config)
        self._ask("google.pubsub.v1.Subscriber", "ModifyPushConfig", request)

    def create_queue(self, name: str, **fields: Any) -> None:
        """Create a queue; fields as in the API, `rate_limits={"max_concurrent_dispatches": 1}` for example."""
        sent = V2["Queue"](name=name, **fields)
        request = V2["CreateQueueRequest"](parent=name.rpartition(_QUEUES)[0], queue=sent)
        self._ask("google.cloud.tasks.v2.CloudTasks", "CreateQueue", request)

    def create_task(self, queue: str, **fields: Any) -> str:
        """Create a task and return its name; fields as in the API, `http_request={"url": url}` for example."""
        request = V2["CreateTaskRequest"](parent=queue, task=V2["Task"](**fields))
        name: str = self._ask("google.cloud.tasks.v2.CloudTasks", "CreateTask", request).name
        return name

    def publish(self, topic: str, data: bytes, *, ordering_key: str = "", **attributes: str) -> str:
        """Publish one message and return its id."""
        draft = Draft(data=data, attributes=attributes, ordering_key=ordering_key)
        return self._call(lambda: self._state.topics.publish(topic, [draft])[0])

    def published(self, topic: str) -> list[Message]:
        """What was published to the topic, in order."""
        return self._call(lambda: list(self._state.topics.get(topic).published))

    def acknowledged(self, subscription: str) -> list[Message]:
        """What the subscription's clients acknowledged, in that order."""
        return self._call(lambda: list(self._state.subscriptions.get(subscription).backlog.acknowledged.values()))

    def outstanding(self, subscription: str) -> list[Message]:
        """What the subscription still owes: waiting or leased."""
        return self._call(lambda: list(self._state.subscriptions.get(subscription).backlog.unacknowledged.values()))

    def record(self, subscription: str) -> list[Event]:
        """What happened to the subscription's messages and when: delivered, returned, acknowledged, dead-lettered."""
        return self._call(lambda: list(self._state.subscriptions.get(subscription).backlog.record))

    def tasks(self, queue: str) -> list[Task]:
        """The queue's tasks: waiting, or under way."""
        return self._call(lambda: list(self._state.queues.get(queue).tasks.values()))

    def dispatched(self, queue: str) -> list[Dispatched]:
        """The queue's attempts that are over, in that order: what was sent, and what came of it."""
        return self._call(lambda: list(self._state.queues.get(queue).dispatched))

    def drain(self, name: str, *, timeout_seconds: float = 10) -> None:
        """Wait until all messages of a subscription are acknowledged, or all tasks of a queue gone; or TimeoutError."""
        run(self._drained(name, timeout_seconds))

    def fail(self, *, method: str, code: grpc.StatusCode, times: int = 1, after: bool = False) -> None:
        """Let the next calls of a method ("*": any) fail; with `after`, only their answer is lost."""
        self._plan(method, code, after=after, times=times, chance=Chance(1, seed=0))

    def fail_some(self, *, method: str, code: grpc.StatusCode, seed: int, share: float, after: bool = False) -> None:
        """Let a share of the calls of a method ("*": any) fail, from now on."""
        self._plan(method, code, after=after, times=math.inf, chance=Chance(share, seed=seed))

    def delay(self, *, method: str, seed: int, within_seconds: float) -> None:
        """Answer the calls of a method ("*": any) late, each by a random time, from now on."""
        self._check_method(method)
        delays = Delays(within_seconds, seed=seed)
        self._call(lambda: self._state.call_faults.delay(method, delays))

    def drop_streams(self, *, seed: int, within_seconds: float) -> None:
        """End each stream that opens from now on with UNAVAILABLE after a random time; clients open new ones."""
        lives = Delays(within_seconds, seed=seed)
        self._call(lambda: self._state.call_faults.drop_streams(lives))

    def lose_acks(self, *, seed: int, share: float) -> None:
        """Pass over a share of the acknowledgements, from now on: the client believes that they arrived."""
        losses = Chance(share, seed=seed)
        self._call(lambda: self._state.call_faults.lose_acks(losses))

    def duplicate(self, *, seed: int, share: float) -> None:
        """Deliver a share of the messages twice, from now on; 0.2 is every fifth."""
        if not 0 <= share <= 1:
            raise ValueError(f"A share is between 0 and 1, not {share}.")
        self._call(lambda: self._state.faults.duplicate(seed=seed, share=share))

    def fail_acks(self, *, seed: int, share: float) -> None:
        """From now on, fail a share of the acknowledgements with exactly-once delivery, so that clients try again."""
        if not 0 <= share <= 1:
            raise ValueError(f"A share is between 0 and 1, not {share}.")
        self._call(lambda: self._state.faults.fail_acks(seed=seed, share=share))

    def shuffle(self, *, seed: int, within_seconds: float = 0.05) -> None:
        """Let deliveries overtake each other, from now on. Ordering keys stay in order."""
        self._call(lambda: self._state.faults.shuffle(seed=seed, within_seconds=within_seconds))

    def break_streams(self) -> None:
        """End all streaming pulls with UNAVAILABLE, as the cloud does now and then; clients open new ones."""
        self._call(self._cloud.delivery.break_streams)

    def heal(self) -> None:
        """End all faults."""
        self._call(self._state.faults.clear)
        self._call(self._state.call_faults.clear)

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock: leases lapse, delays end."""
        self._call(lambda: self._state.advance(seconds))

    def _plan(self, method: str, code: grpc.StatusCode, *, after: bool, times: float, chance: Chance) -> None:
        self._check_method(method)
        failure = PlannedFailure(method=method, code=code, after=after, times=times, chance=chance)
        self._call(lambda: self._state.call_faults.plan(failure))

    def _check_method(self, method: str) -> None:
        methods = {name for service in self._cloud.services.values() for name in service.answers}
        if method not in methods | {ANY}:
            raise ValueError(f"The emulator has no method {method}; it has {', '.join(sorted(methods))}.")

    async def _drained(self, name: str, timeout_seconds: float) -> None:
        when_empty, owed = self._owed(name)
        kind = "tasks" if _QUEUES in name else "messages"
        empty = asyncio.Event()
        when_empty.add(empty.set)
        try:
            async with asyncio.timeout(timeout_seconds):
                while owed():
                    await empty.wait()
                    empty.clear()
        except TimeoutError:
            raise TimeoutError(f"{name} still owes {owed()} {kind} after {timeout_seconds} seconds") from None
        finally:
            when_empty.discard(empty.set)

    def _owed(self, name: str) -> tuple[set[Callable[[], None]], Callable[[], int]]:
        """Who is told when nothing is owed any more, and how much is owed now."""
        if _QUEUES in name:
            queue = self._state.queues.get(name)
            return queue.when_empty, lambda: len(queue.tasks)
        backlog = self._state.subscriptions.get(name).backlog
        return backlog.when_empty, lambda: len(backlog.unacknowledged)

    def _ask(self, service: str, method: str, request: Any) -> Any:
        answer = self._cloud.services[service].answers[method]
        return run(answer.handle(request, None)) if answer.waits else self._call(lambda: answer.handle(request))

    def _call(self, function: Callable[[], Result]) -> Result:
        async def on_the_loop() -> Result:
            result = function()
            await self._state.journal.settled()
            return result

        return run(on_the_loop())
