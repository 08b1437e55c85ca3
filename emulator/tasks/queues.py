"""Queues and their tasks: what waits, what is due, what is under way, and which names are still taken.

Plain Python: time comes from the clock, `wake` is called when a queue may have something to dispatch, or is gone. What
a queue and a task look like on the wire is kept beside them and is opaque here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator.clock import Clock
from emulator.errors import AlreadyExists, NotFound
from emulator.journal import Journal, Oblivion
from emulator.tasks import names
from emulator.tasks.attempts import Task
from emulator.tasks.history import Dispatched
from emulator.tasks.rates import RateRules, Throttle
from emulator.tasks.retrying import RetryRules
from emulator.timers import Timers

# A name stays taken after its task is gone.
TAKEN_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """The settings that a queue acts on."""

    retry: RetryRules = field(default_factory=RetryRules)
    rate: RateRules = field(default_factory=RateRules)


class Queue:
    """A queue, its tasks and what it may dispatch."""

    def __init__(self, name: str, rules: QueueRules, *, shown: Any, now: float) -> None:
        self.name = name
        self.shown = shown  # the resource on the wire
        self.rules = rules
        self.dispatched: list[Dispatched] = []  # only with a history
        self.when_empty: set[Callable[[], None]] = set()  # called when there are no tasks any more
        self.policy: Any = None  # a google.iam.v1.Policy
        self.paused = False
        self.deleted = False
        self.tasks: dict[str, Task] = {}  # {name: task}
        self.running = 0  # attempts under way
        self.throttle = Throttle(rules.rate, now=now)
        self.taken: dict[str, float] = {}  # {name of a task that is gone: free again at}, oldest first
        self._due: Timers[tuple[Task, float]] = Timers(_still_due)

    def schedule(self, task: Task, when: float) -> None:
        """Let the task be due then."""
        task.schedule_time = when
        self._due.add(when, (task, when))

    def next_due(self, now: float) -> Task | None:
        """Take out a task that may be dispatched now."""
        due = self.next_time(now)
        if due is None or due > now:
            return None
        for task, when in self._due.due(now):
            if _still_due((task, when)):
                return task
        return None

    def next_time(self, now: float) -> float | None:
        """When the next task may be dispatched, as far as time decides it."""
        first = self._due.first
        if first is None or self.paused or self.running >= self.rules.rate.concurrent:
            return None
        return max(first, self.throttle.free_at(now))

    def remove(self, task: Task, *, now: float) -> None:
        """The task is gone; a name that somebody gave it stays taken for a while."""
        task.gone = True
        self.tasks.pop(task.name, None)
        if task.named:
            self.taken[task.name] = now + TAKEN_SECONDS
        if not self.tasks:
            for listener in tuple(self.when_empty):
                listener()

    def is_taken(self, name: str, *, now: float) -> bool:
        """Whether a task has the name, or had it not long ago."""
        while self.taken and (oldest := next(iter(self.taken))) and self.taken[oldest] <= now:
            del self.taken[oldest]
        return name in self.tasks or name in self.taken


class Queues:
    """All queues of the emulator. Every change of what they hold goes through a method of this class."""

    def __init__(self, *, clock: Clock, journal: Journal | None = None) -> None:
        self._clock = clock
        self._journal = journal or Oblivion()
        self._queues: dict[str, Queue] = {}
        self.wake: Callable[[Queue], None] = lambda _: None

    def create(self, name: str, rules: QueueRules, *, shown: Any) -> Queue:
        """Add a queue, which runs."""
        if names.check_queue(name) in self._queues:
            raise AlreadyExists(f"Queue {name} already exists.")
        self._queues[name] = Queue(name, rules, shown=shown, now=self._clock())
        self._journal.changed("queues", name)
        return self._queues[name]

    def change(self, queue: Queue, rules: QueueRules, *, shown: Any) -> None:
        """Give a queue other settings, which count from the next attempt on."""
        queue.rules, queue.throttle.rules, queue.shown = rules, rules.rate, shown
        self._journal.changed("queues", queue.name)
        self.wake(queue)

    def pause(self, queue: Queue, *, paused: bool) -> None:
        """Dispatch nothing, or go on."""
        queue.paused = paused
        self._journal.changed("queues", queue.name)
        self.wake(queue)

    def purge(self, queue: Queue) -> None:
        """Take all tasks away; attempts under way end by themselves."""
        for task in list(queue.tasks.values()):
            self.remove(queue, task)
        self._journal.changed("queues", queue.name)

    def delete(self, queue: Queue) -> None:
        """Take the queue and its tasks away."""
        self.purge(queue)
        queue.deleted = True
        del self._queues[queue.name]
        self._journal.changed("queues", queue.name)
        for name in (*queue.taken, *queue.tasks):
            self._journal.changed("tasks", name)
        self.wake(queue)

    def add(self, queue: Queue, task: Task) -> None:
        """Add a task, due at its schedule time."""
        if queue.is_taken(task.name, now=self._clock()):
            raise AlreadyExists(
                f"The task {task.name} cannot be created because a task with this name existed too recently."
                if task.name in queue.taken
                else f"Task {task.name} already exists."
            )
        queue.tasks[task.name] = task
        self.changed(task)
        queue.schedule(task, task.schedule_time)
        self.wake(queue)

    def remove(self, queue: Queue, task: Task) -> None:
        """Take a task away; an attempt under way ends by itself."""
        queue.remove(task, now=self._clock())
        self.changed(task)

    def changed(self, task: Task) -> None:
        """The task is another than before, or gone."""
        self._journal.changed("tasks", task.name)

    def get(self, name: str) -> Queue:
        """The queue of that name."""
        found = self._queues.get(names.check_queue(name))
        if found is None:
            raise NotFound(f"Queue {name} does not exist.")
        return found

    def task(self, name: str) -> tuple[Queue, Task]:
        """The task of that name, with its queue."""
        queue = self.get(names.queue_of(name))
        found = queue.tasks.get(name)
        if found is None:
            raise NotFound(f"Task {name} does not exist.")
        return queue, found

    def of_location(self, parent: str) -> list[Queue]:
        """The queues of a location, by name."""
        prefix = names.check_location(parent) + "/"
        return [self._queues[name] for name in sorted(self._queues) if name.startswith(prefix)]

    def all(self) -> list[Queue]:
        """Every queue."""
        return list(self._queues.values())

    def clear(self) -> None:
        """Forget everything."""
        for queue in self.all():
            self.delete(queue)


def _still_due(item: tuple[Task, float]) -> bool:
    task, when = item
    return not task.gone and not task.running and task.schedule_time == when
