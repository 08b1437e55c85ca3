"""TASKS "cloud_tasks": pulls run in calls of Cloud Tasks, a chain of them where one isn't long enough.

A task is named for the pull and for how often that was started, so that two clicks make one task. Called again for a
step that is behind, or while another call works, it does nothing. Only work that is done is answered as done; what
may work later is called for again, until `TASK_ATTEMPTS` are used up and the pull says why it was given up.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from django.utils import timezone

from consumers.models import DataPull
from consumers.pull.run import Tools, run
from consumers.tasks.start import PULL_TASK
from feedsync.conf import settings
from feedsync.errors import BadRequest
from feedsync.tasks.cloud import CloudTasks, Queue, Task
from feedsync.wire import json

ACTIVE = (DataPull.Status.WAITING, DataPull.Status.RUNNING)

logger = logging.getLogger("feedsync.tasks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a task. `attempt`: counted from 1."""

    pull_id: int
    step: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do for this task."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Another worker has the pull; if it dies, this task takes over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """It may work later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such pull."""


Result = Done | Busy | Again | Gone


def start(pull_id: int) -> None:
    _enqueue(DataPull.objects.only("step").get(pk=pull_id), CloudTasks())


def _enqueue(pull: DataPull, queue: Queue) -> None:
    queue.enqueue(Task(name=f"pull-{pull.pk}-{pull.step}", view=PULL_TASK, body={"pull": pull.pk, "step": pull.step}))


def read(body: bytes, retries: str) -> Call:
    """The call that a request means; `retries` is the header X-CloudTasks-TaskRetryCount."""
    try:
        told = json.loads(body)
        pull_id, step = told["pull"], told["step"]
    except (ValueError, TypeError, KeyError) as error:
        raise BadRequest("This is no task of feedsync.") from error
    if not all(type(number) is int and 0 <= number < 2**63 for number in (pull_id, step)):
        raise BadRequest("This is no task of feedsync.")
    return Call(pull_id=pull_id, step=step, attempt=int(retries) + 1 if retries.isdecimal() else 1)


def handle(call: Call, *, tools: Tools | None = None, queue: Queue | None = None) -> Result:
    queue = queue or CloudTasks()
    pull = DataPull.objects.filter(pk=call.pull_id).only("step", "status").first()
    if pull is None:
        return Gone()
    if pull.step == call.step:
        seconds = settings().task_seconds
        run(call.pull_id, tools=replace(tools or Tools(), seconds=seconds, patient=True))
        pull.refresh_from_db(fields=["step", "status", "message"])
    if pull.status not in ACTIVE:
        return Done()
    if pull.step > call.step:
        _enqueue(pull, queue)
        return Done()
    if pull.status == DataPull.Status.RUNNING:
        return Busy()
    return _again(call, pull.message)


def _again(call: Call, reason: str) -> Result:
    if call.attempt < settings().task_attempts:
        return Again(reason=reason)
    message = f"Given up after {call.attempt} attempts: {reason} Resuming goes on where it stopped."
    logger.warning("pull given up", extra={"pull": call.pull_id, "reason": reason})
    DataPull.objects.filter(pk=call.pull_id, status=DataPull.Status.WAITING, step=call.step).update(
        status=DataPull.Status.FAILED, message=message, finished_at=timezone.now()
    )
    return Done()
