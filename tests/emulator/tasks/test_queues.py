"""Queues as plain state: what is due when, and which names are taken."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.errors import AlreadyExists, NotFound
from emulator.tasks.attempts import Task
from emulator.tasks.queues import TAKEN_SECONDS, Queue, QueueRules, Queues
from emulator.tasks.rates import RateRules

NAME = "projects/p/locations/l/queues/q"


class Stage:
    """Queues with a clock in the test's hand."""

    def __init__(self, **rates: Any) -> None:
        self.now = 1000.0
        self.queues = Queues(clock=lambda: self.now)
        self.queue = self.queues.create(NAME, QueueRules(rate=RateRules(**rates)), shown=None)

    def add(self, identifier: str, *, after: float = 0, named: bool = True) -> Task:
        """Add a task that is due after so many seconds."""
        task = Task(
            name=f"{NAME}/tasks/{identifier}",
            named=named,
            shown=None,
            create_time=self.now,
            schedule_time=self.now + after,
            deadline_seconds=600,
        )
        self.queues.add(self.queue, task)
        return task

    def due(self) -> list[Task]:
        """What may be dispatched now, and is."""
        found = []
        while (task := self.queue.next_due(self.now)) is not None:
            self.queue.throttle.take(self.now)
            self.queue.running += 1
            task.begin(self.now)
            found.append(task)
        return found


def test_tasks_are_due_at_their_time_in_order() -> None:
    """Whatever the order in which they were added."""
    stage = Stage()
    late, early = stage.add("late", after=20), stage.add("early", after=10)
    assert stage.due() == []
    assert stage.queue.next_time(stage.now) == 1010
    stage.now += 30
    assert stage.due() == [early, late]


def test_no_more_are_under_way_than_the_queue_allows() -> None:
    """The next is due when one has come to its end."""
    stage = Stage(concurrent=2)
    for number in range(3):
        stage.add(str(number))
    assert len(stage.due()) == 2
    assert stage.queue.next_time(stage.now) is None
    stage.queue.running -= 1
    assert len(stage.due()) == 1


def test_a_paused_queue_keeps_its_tasks() -> None:
    """They are due when it goes on."""
    stage = Stage()
    stage.add("a")
    stage.queues.pause(stage.queue, paused=True)
    assert stage.due() == []
    stage.queues.pause(stage.queue, paused=False)
    assert len(stage.due()) == 1


def test_a_purged_task_is_never_due() -> None:
    """Nor is one that was deleted."""
    stage = Stage()
    stage.add("a")
    stage.queues.purge(stage.queue)
    stage.queues.remove(stage.queue, stage.add("b"))
    assert stage.due() == []


def test_a_name_is_taken_for_a_day_after_its_task() -> None:
    """So is that of a task that is there."""
    stage = Stage()
    task = stage.add("a")
    with pytest.raises(AlreadyExists, match="already exists"):
        stage.add("a")
    stage.queues.remove(stage.queue, task)
    stage.now += TAKEN_SECONDS - 1
    with pytest.raises(AlreadyExists, match="too recently"):
        stage.add("a")
    stage.now += 1
    stage.add("a")


def test_names_that_the_server_gave_are_not_remembered() -> None:
    """They never come again, and would fill the memory."""
    stage = Stage()
    stage.queues.remove(stage.queue, stage.add("1", named=False))
    assert stage.queue.taken == {}


def test_a_deleted_queue_is_gone() -> None:
    """With its tasks; the name is free again."""
    stage = Stage()
    stage.add("a")
    stage.queues.delete(stage.queue)
    with pytest.raises(NotFound):
        stage.queues.get(NAME)
    assert isinstance(stage.queues.create(NAME, QueueRules(), shown=None), Queue)
