"""The batches of the service CloudTasks: many tasks in one call, each for itself."""

from __future__ import annotations

from functools import partial
from typing import Any

from emulator.errors import InvalidArgument
from emulator.tasks.operations import Operations, name_of
from emulator.tasks.queues import Queues
from emulator.tasks.service import CloudTasks
from emulator.tasks.versions import Version

_MOST_CREATED = 100
_MOST_DELETED = 1000


class Batches:
    """Each method answers one call."""

    def __init__(self, version: Version, queues: Queues, *, tasks: CloudTasks, operations: Operations) -> None:
        self._messages = version.messages
        self._queues = queues
        self._tasks = tasks
        self._operations = operations

    def batch_create_tasks(self, request: Any) -> Any:
        """Add tasks to a queue."""
        queue = self._queues.get(request.parent)
        _check_count(len(request.requests), _MOST_CREATED)
        if any(each.parent not in ("", queue.name) for each in request.requests):
            raise InvalidArgument(f"All requests of the batch must have the parent {queue.name}.")
        for each in request.requests:
            each.parent = queue.name
        steps = [partial(self._tasks.create_task, each) for each in request.requests]
        return self._operations.run(
            name_of(queue.name, request.request_id),
            self._messages["BatchCreateTasksMetadata"](),
            steps=steps,
            respond=lambda made: self._messages["BatchCreateTasksResponse"](tasks=made),
        )

    def batch_delete_tasks(self, request: Any) -> Any:
        """Take tasks of a queue away."""
        queue = self._queues.get(request.parent)
        _check_count(len(request.names), _MOST_DELETED)
        if any(not name.startswith(f"{queue.name}/tasks/") for name in request.names):
            raise InvalidArgument(f"All tasks of the batch must be in {queue.name}.")
        asked = [self._messages["DeleteTaskRequest"](name=name) for name in request.names]
        return self._operations.run(
            name_of(queue.name, request.request_id),
            self._messages["BatchDeleteTasksMetadata"](),
            steps=[partial(self._tasks.delete_task, each) for each in asked],
            respond=lambda _: self._messages["Empty"](),
        )


def _check_count(count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise InvalidArgument(f"A batch has 1 to {most} requests, not {count}.")
