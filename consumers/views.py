"""What Google calls at a replica: Pub/Sub, Cloud Tasks and Cloud Scheduler; `calls` has proven who calls."""

from __future__ import annotations

from typing import assert_never

from django.http import HttpRequest, HttpResponse

from consumers.receiving import pushed
from consumers.tasks.start import PULL_TASK
from feedsync.tasks.calls import answer, for_service

TASK_BYTES = 1_024


@for_service("feedsync_consumers:push", max_bytes=pushed.MAX_BYTES)
def push(request: HttpRequest, body: bytes) -> HttpResponse:
    """Success is the acknowledgement; anything else makes Pub/Sub deliver again."""
    from consumers.receiving import push as receiving

    delivery = pushed.read(body, request.headers)
    return HttpResponse(status=204) if receiving.take(delivery) else answer(503, "Not now.")


@for_service(PULL_TASK, max_bytes=TASK_BYTES)
def pull_task(request: HttpRequest, body: bytes) -> HttpResponse:
    """Runs a pull, or a part of it."""
    from consumers.tasks import cloud_tasks
    from consumers.tasks.cloud_tasks import Again, Busy, Done, Gone

    result = cloud_tasks.handle(cloud_tasks.read(body, request.headers.get("X-CloudTasks-TaskRetryCount", "")))
    match result:
        case Done():
            return answer(200, "done")
        case Busy():
            return answer(409, "Another worker runs this pull.")
        case Again(reason=reason):
            return answer(503, reason)
        case Gone():
            return answer(404, "There is no such pull.")
        case _:
            assert_never(result)


@for_service("feedsync_consumers:chores_task", max_bytes=TASK_BYTES)
def chores_task(request: HttpRequest, body: bytes) -> HttpResponse:
    """What a consumer does between batches, for environments without one."""
    from consumers.receiving import chores

    chores.perform()
    return answer(200, "done")
