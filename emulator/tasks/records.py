"""What is kept of queues, of tasks, and of the names of tasks that are gone, and how they come back from it."""

from __future__ import annotations

from typing import Any

from emulator.clock import Clock
from emulator.errors import NotFound
from emulator.journal import Journal, Kept
from emulator.tasks import names, resources
from emulator.tasks.attempts import Attempt, Task
from emulator.tasks.queues import Queue, Queues
from emulator.wire import iam
from emulator.wire.classes import build

_TABLE = f"""
message Queue
    shown:1:google.cloud.tasks.v2beta3.Queue policy:2:{iam.PACKAGE}.Policy paused:3:bool
message Attempt
    schedule_time:1:double dispatch_time:2:double response_time:3:?double code:4:int32 message:5:string
message Task
    shown:1:google.cloud.tasks.v2beta3.Task named:2:bool create_time:3:double schedule_time:4:double
    deadline_seconds:5:double dispatch_count:6:int32 response_count:7:int32 first_dispatch_time:8:?double
    last_attempt:9:Attempt previous_status:10:int32 reason:11:string taken_until:12:?double
"""
_RECORDS = build("emulator.tasks.records", _TABLE)
_COUNTED = (
    "named",
    "create_time",
    "schedule_time",
    "deadline_seconds",
    "dispatch_count",
    "response_count",
    "first_dispatch_time",
    "previous_status",
    "reason",
)


class TaskRecords:
    """Of one emulator. An attempt that was under way is over: its task is due again."""

    def __init__(self, queues: Queues, *, clock: Clock) -> None:
        self._queues = queues
        self._clock = clock

    def write_to(self, journal: Journal) -> None:
        """Let the journal ask here."""
        journal.records("queues", self._queue)
        journal.records("tasks", self._task)

    def read_from(self, kept: Kept) -> None:
        """Have what was kept, before anything else happens."""
        for name, body in kept.resources("queues"):
            record = _RECORDS["Queue"].FromString(body)
            queue = self._queues.create(name, resources.rules(record.shown), shown=record.shown)
            queue.policy = record.policy if record.HasField("policy") else None
            queue.paused = record.paused
        for name, body in kept.resources("tasks"):
            self._restore(name, _RECORDS["Task"].FromString(body))

    def _queue(self, name: str) -> bytes | None:
        try:
            queue = self._queues.get(name)
        except NotFound:
            return None
        return _bytes(_RECORDS["Queue"](shown=queue.shown, policy=queue.policy, paused=queue.paused))

    def _task(self, name: str) -> bytes | None:
        try:
            queue = self._queues.get(names.queue_of(name))
        except NotFound:
            return None
        task = queue.tasks.get(name)
        if task is not None:
            return _bytes(_record(task))
        return _bytes(_RECORDS["Task"](taken_until=queue.taken[name])) if name in queue.taken else None

    def _restore(self, name: str, record: Any) -> None:
        queue = self._queues.get(names.queue_of(name))
        if not record.HasField("taken_until"):
            self._queues.add(queue, _task(name, record))
        elif record.taken_until > self._clock():
            _take(queue, name, record.taken_until)


def _record(task: Task) -> Any:
    record = _RECORDS["Task"](shown=task.shown, **{name: getattr(task, name) for name in _COUNTED})
    last = task.last_attempt
    if last is not None:
        record.last_attempt.CopyFrom(
            _RECORDS["Attempt"](
                schedule_time=last.schedule_time,
                dispatch_time=last.dispatch_time,
                response_time=last.response_time,
                code=last.code,
                message=last.message,
            )
        )
    return record


def _task(name: str, record: Any) -> Task:
    task = Task(name=name, shown=record.shown, **{each: getattr(record, each) for each in _COUNTED})
    if not record.HasField("first_dispatch_time"):
        task.first_dispatch_time = None
    if record.shown.HasField("retry_config"):
        task.retry = resources.retry_rules(record.shown.retry_config)
    last = record.last_attempt
    if record.HasField("last_attempt"):
        task.last_attempt = Attempt(
            schedule_time=last.schedule_time,
            dispatch_time=last.dispatch_time,
            response_time=last.response_time if last.HasField("response_time") else None,
            code=last.code,
            message=last.message,
        )
    return task


def _take(queue: Queue, name: str, until: float) -> None:
    """The name stays taken; the first to become free stay first."""
    queue.taken[name] = until
    queue.taken = dict(sorted(queue.taken.items(), key=lambda item: item[1]))


def _bytes(record: Any) -> bytes:
    body: bytes = record.SerializeToString()
    return body
