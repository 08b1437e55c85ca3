"""What Google calls at a replica: a push of Pub/Sub, a task of Cloud Tasks; `calls` has proven who calls."""

from __future__ import annotations

from functools import partial
from typing import assert_never

from django.http import HttpRequest, HttpResponse

from consumers.receiving import pushed
from consumers.tasks.start import PULL_TASK
from feedsync.tasks.addresses import push_url, task_url
from feedsync.tasks.calls import answer, for_service

TASK_BYTES = 1_024


@for_service(partial(push_url, "feedsync_consumers:push"), max_bytes=pushed.MAX_BYTES)
def push(request: HttpRequest, body: bytes) -> HttpResponse:
    """Success is the acknowledgement; anything else makes Pub/Sub deliver again."""
    from consumers.receiving import push as receiving

    delivery = pushed.read(body, request.headers)
    return HttpResponse(status=204) if receiving.take(delivery) else answer(503, "Not now.")


@for_service(partial(task_url, PULL_TASK), max_bytes=TASK_BYTES)
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
