"""Queues and tasks as they are shown: what is kept on the wire, and what is counted beside it."""

from __future__ import annotations

from typing import Any

from emulator.tasks.attempts import Attempt, Task
from emulator.tasks.queues import Queue
from emulator.wire.tasks import V2BETA3

VIEW = V2BETA3["Task.View"]
_STATE = V2BETA3["Queue.State"]


def queue_on_wire(queue: Queue) -> Any:
    """A queue with its state."""
    shown = V2BETA3["Queue"]()
    shown.CopyFrom(queue.shown)
    shown.name = queue.name
    shown.state = _STATE.PAUSED if queue.paused else _STATE.RUNNING
    return shown


def task_on_wire(task: Task, view: int) -> Any:
    """A task with what is counted; without bodies, unless the view is FULL."""
    shown = V2BETA3["Task"]()
    shown.CopyFrom(task.shown)
    shown.name = task.name
    shown.view = view or VIEW.BASIC
    shown.dispatch_count, shown.response_count = task.dispatch_count, task.response_count
    _set_time(shown.schedule_time, task.schedule_time)
    shown.create_time.seconds = int(task.create_time)
    if task.first_dispatch_time is not None:
        _set_time(shown.first_attempt.dispatch_time, task.first_dispatch_time)
    if task.last_attempt is not None:
        _set_attempt(shown.last_attempt, task.last_attempt)
    if shown.view != VIEW.FULL:
        for request in ("http_request", "app_engine_http_request"):
            if shown.HasField(request):
                getattr(shown, request).ClearField("body")
    return shown


def _set_attempt(shown: Any, attempt: Attempt) -> None:
    _set_time(shown.schedule_time, attempt.schedule_time)
    _set_time(shown.dispatch_time, attempt.dispatch_time)
    if attempt.response_time is not None:
        _set_time(shown.response_time, attempt.response_time)
        shown.response_status.code, shown.response_status.message = attempt.code, attempt.message


def _set_time(timestamp: Any, when: float) -> None:
    microseconds = round(when * 1e6)
    timestamp.seconds, fraction = divmod(microseconds, 1_000_000)
    timestamp.nanos = fraction * 1000
