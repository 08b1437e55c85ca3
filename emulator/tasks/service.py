"""The service CloudTasks, in v2 and v2beta3: wire messages in and out, state behind."""

from __future__ import annotations

import secrets
from typing import Any

from google.protobuf import field_mask_pb2

from emulator.clock import Clock
from emulator.errors import InvalidArgument, Unimplemented
from emulator.outgoing import check_installed
from emulator.paging import page
from emulator.tasks import names, overrides, resources
from emulator.tasks.app_engine import AppEngine
from emulator.tasks.attempts import Task
from emulator.tasks.dispatcher import Dispatcher
from emulator.tasks.queues import Queue, Queues
from emulator.tasks.shown import VIEW, queue_on_wire, task_on_wire
from emulator.tasks.versions import Version
from emulator.wire.tasks import V2BETA3

_ID_BITS = 63


class CloudTasks:
    """Each method answers one call."""

    def __init__(
        self, version: Version, queues: Queues, *, dispatcher: Dispatcher, app_engine: AppEngine, clock: Clock
    ) -> None:
        self._version = version
        self._queues = queues
        self._dispatcher = dispatcher
        self._app_engine = app_engine
        self._clock = clock

    def create_queue(self, request: Any) -> Any:
        """Add a queue."""
        check_installed()
        parent = names.check_location(request.parent)
        sent = self._version.kept(request.queue)
        if not sent.name.startswith(f"{parent}/queues/"):
            raise InvalidArgument(f"The queue's name {sent.name!r} must be in {parent}.")
        shown = resources.new_queue(sent)
        return self._queue(self._queues.create(sent.name, resources.rules(shown), shown=shown))

    def get_queue(self, request: Any) -> Any:
        """Show a queue."""
        return self._queue(self._queues.get(request.name))

    def list_queues(self, request: Any) -> Any:
        """Show the queues of a location."""
        if request.filter:
            raise Unimplemented("The emulator does not filter queues.")
        found = {queue.name: queue for queue in self._queues.of_location(request.parent)}
        on_page, token = page(list(found), size=request.page_size, token=request.page_token)
        shown = [self._queue(found[name]) for name in on_page]
        return self._version.messages["ListQueuesResponse"](queues=shown, next_page_token=token)

    def update_queue(self, request: Any) -> Any:
        """Change what the mask names, or everything; a queue that does not exist is created."""
        name = names.check_queue(request.queue.name)
        if name not in {queue.name for queue in self._queues.all()}:
            location = name.rpartition("/queues/")[0]
            return self.create_queue(self._version.messages["CreateQueueRequest"](parent=location, queue=request.queue))
        queue = self._queues.get(name)
        sent = self._merged(queue, request)
        shown = resources.new_queue(sent)
        if queue.shown.HasField("purge_time"):
            shown.purge_time.CopyFrom(queue.shown.purge_time)
        self._queues.change(queue, resources.rules(shown), shown=shown)
        return self._queue(queue)

    def delete_queue(self, request: Any) -> Any:
        """Take a queue and its tasks away."""
        self._queues.delete(self._queues.get(request.name))
        return self._version.messages["Empty"]()

    def purge_queue(self, request: Any) -> Any:
        """Take a queue's tasks away."""
        queue = self._queues.get(request.name)
        self._queues.purge(queue)
        queue.shown.purge_time.FromMicroseconds(int(self._clock() * 1e6))
        return self._queue(queue)

    def pause_queue(self, request: Any) -> Any:
        """Stop dispatching."""
        return self._paused(request.name, paused=True)

    def resume_queue(self, request: Any) -> Any:
        """Go on dispatching."""
        return self._paused(request.name, paused=False)

    def create_task(self, request: Any) -> Any:
        """Add a task to a queue."""
        queue = self._queues.get(request.parent)
        sent = self._version.kept(request.task)
        if sent.name and names.queue_of(sent.name) != queue.name:
            raise InvalidArgument(f"The task's name {sent.name!r} must be in {queue.name}.")
        return self._task(self._added(queue, sent), request.response_view)

    def buffer_task(self, request: Any) -> Any:
        """Add a task that is only a body: the queue says where it goes."""
        queue = self._queues.get(request.queue)
        sent = V2BETA3["Task"](name=f"{queue.name}/tasks/{request.task_id}" if request.task_id else "")
        sent.http_request.url = overrides.address(queue.shown.http_target.uri_override)
        sent.http_request.body = request.body.data
        if request.body.content_type:
            sent.http_request.headers["Content-Type"] = request.body.content_type
        return self._version.messages["BufferTaskResponse"](task=self._task(self._added(queue, sent), VIEW.BASIC))

    def get_task(self, request: Any) -> Any:
        """Show a task."""
        return self._task(self._queues.task(request.name)[1], request.response_view)

    def list_tasks(self, request: Any) -> Any:
        """Show a queue's tasks."""
        tasks = self._queues.get(request.parent).tasks
        on_page, token = page(sorted(tasks), size=request.page_size, token=request.page_token)
        shown = [self._task(tasks[name], request.response_view) for name in on_page]
        return self._version.messages["ListTasksResponse"](tasks=shown, next_page_token=token)

    def delete_task(self, request: Any) -> Any:
        """Take a task away."""
        self._queues.remove(*self._queues.task(request.name))
        return self._version.messages["Empty"]()

    def run_task(self, request: Any) -> Any:
        """Dispatch a task at once, whatever the queue's limits."""
        queue, task = self._queues.task(request.name)
        task.schedule_time = self._clock()
        self._dispatcher.dispatch(queue, task)
        return self._task(task, request.response_view)

    def _added(self, queue: Queue, sent: Any) -> Task:
        now = self._clock()
        if sent.HasField("app_engine_http_request"):
            self._app_engine.url(queue.shown, sent)
        shown, schedule_time, deadline_seconds, retry = resources.new_task(sent, now=now)
        task = Task(
            name=sent.name or f"{queue.name}/tasks/{secrets.randbits(_ID_BITS)}",
            named=bool(sent.name),
            shown=shown,
            create_time=now,
            schedule_time=schedule_time,
            deadline_seconds=deadline_seconds,
            retry=retry,
        )
        self._queues.add(queue, task)
        return task

    def _merged(self, queue: Queue, request: Any) -> Any:
        """The kept queue with the masked fields as sent, in the words of this version."""
        if not request.update_mask.paths:
            return self._version.kept(request.queue)
        merged = type(request.queue)()
        merged.CopyFrom(self._queue(queue))
        mask = field_mask_pb2.FieldMask(paths=request.update_mask.paths)
        if not mask.IsValidForDescriptor(merged.DESCRIPTOR):
            raise InvalidArgument(f"The update mask {list(mask.paths)} names a field that a queue does not have.")
        mask.MergeMessage(request.queue, merged, True, True)
        merged.name = queue.name
        return self._version.kept(merged)

    def _paused(self, name: str, *, paused: bool) -> Any:
        queue = self._queues.get(name)
        self._queues.pause(queue, paused=paused)
        return self._queue(queue)

    def _queue(self, queue: Queue) -> Any:
        return self._version.shown(queue_on_wire(queue))

    def _task(self, task: Task, view: int) -> Any:
        return self._version.shown(task_on_wire(task, view))
