"""Cloud Tasks' twin in memory: for tests. Tasks in by `enqueue`; `tasks` holds them, and knows a name for ever."""

from __future__ import annotations

from feedsync.errors import TransientError
from feedsync.tasks.cloud import Task


class MemoryQueue:
    """`away` lets it be out of reach."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.away = False

    def enqueue(self, task: Task) -> bool:
        if self.away:
            raise TransientError("The queue could not be reached.")
        if any(known.name == task.name for known in self.tasks):
            return False
        self.tasks.append(task)
        return True
