"""The dispatcher on a loop of the test's own, with requests that go nowhere."""

from __future__ import annotations

import asyncio
import time

import pytest

from emulator.outgoing import Answered, Outcome, Outgoing
from emulator.tasks.attempts import Task
from emulator.tasks.dispatcher import Dispatcher
from emulator.tasks.queues import Queue, QueueRules, Queues
from emulator.tasks.retrying import RetryRules
from emulator.wire.tasks import V2BETA3

NAME = "projects/p/locations/l/queues/q"


class Answers:
    """Answers everything with success."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    async def send(self, request: Outgoing, *, timeout_seconds: float) -> Outcome:
        """Keep the request."""
        self.sent.append(request)
        return Answered(status=200)


def request_of(queue: Queue, task: Task) -> Outgoing:
    """Something to send."""
    return Outgoing(verb="GET", url=task.name)


def new_task() -> Task:
    """A task that is due."""
    return Task(
        name=f"{NAME}/tasks/a",
        named=True,
        shown=V2BETA3["Task"](),
        create_time=time.time(),
        schedule_time=time.time(),
        deadline_seconds=600,
    )


def test_an_attempt_that_had_not_begun_is_made_after_a_stop() -> None:
    """Nothing counts as under way that is not."""

    async def run() -> tuple[Queue, Task, list[Outgoing]]:
        answers, queues = Answers(), Queues(clock=time.time)
        dispatcher = Dispatcher(queues, answers, clock=time.time, request=request_of, history=False)
        dispatcher.start()
        queue, task = queues.create(NAME, QueueRules(), shown=None), new_task()
        queues.add(queue, task)
        await dispatcher.stop()
        assert (queue.running, task.running, answers.sent) == (0, 0, [])
        dispatcher.start()
        while queue.tasks:
            await asyncio.sleep(0.001)
        return queue, task, answers.sent

    queue, task, sent = asyncio.run(run())
    assert (queue.running, task.running, len(sent)) == (0, 0, 1)


def test_a_bug_in_one_attempt_holds_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    """It is a failure like others, with a traceback in the log."""

    def broken(queue: Queue, task: Task) -> Outgoing:
        raise ZeroDivisionError

    async def run() -> Queue:
        queues = Queues(clock=time.time)
        dispatcher = Dispatcher(queues, Answers(), clock=time.time, request=broken, history=True)
        dispatcher.start()
        queue = queues.create(NAME, QueueRules(retry=RetryRules(max_attempts=2)), shown=None)
        queues.add(queue, new_task())
        while queue.tasks:
            await asyncio.sleep(0.001)
        await dispatcher.stop()
        return queue

    queue = asyncio.run(run())
    assert [each.error for each in queue.dispatched] == ["ZeroDivisionError()"] * 2
    assert "could not be dispatched" in caplog.text
