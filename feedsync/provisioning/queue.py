"""The Cloud Tasks queue, where pulls or the relay use it: made, and its retries as feedsync counts on them.

How much it dispatches at a time is left to whoever runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from feedsync.conf import Relay, settings
from feedsync.conf import Tasks as Choice
from feedsync.provisioning.findings import TIMEOUT_SECONDS, Finding, Result, guarded, member
from feedsync.tasks import cloud, platforms
from feedsync.tasks.platforms import Platform
from feedsync.transport import clients

ROLE = "roles/cloudtasks.queueAdmin"
MIN_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS, DOUBLINGS = 5, 300, 6


def queue(check: bool) -> Iterator[Finding]:
    options = settings()
    here = options.tasks is Choice.AUTO and platforms.current() is not Platform.OTHER
    if options.relay is Relay.CLOUD_TASKS or options.tasks is Choice.CLOUD_TASKS or here:
        yield guarded(f"Queue {options.cloud_tasks_queue_id}", partial(_queue, check), commands, ROLE)


def _queue(check: bool) -> Finding:
    from google.api_core import exceptions

    name = cloud.queue_path()
    what = f"Queue {name}"
    client = clients.tasks()
    try:
        found = client.get_queue(name=name, timeout=TIMEOUT_SECONDS, retry=None)
    except exceptions.NotFound:
        if check:
            return Finding(what=what, result=Result.MISSING, commands=commands())
        request = {"parent": name.partition("/queues/")[0], "queue": _wanted(name)}
        client.create_queue(request=request, timeout=TIMEOUT_SECONDS, retry=None)
        return Finding(what=what, result=Result.CREATED)
    return _compared(found, check)


def _compared(found: Any, check: bool) -> Finding:
    from google.cloud.tasks_v2.types import Queue

    what = f"Queue {found.name}"
    if found.state != Queue.State.RUNNING:
        command = f"gcloud tasks queues resume {found.name}"
        return Finding(what=what, result=Result.DIFFERENT, detail="it is paused", commands=(command,))
    right = Queue(_wanted(found.name))
    retries = ("max_attempts", "min_backoff", "max_backoff", "max_doublings")
    wrong = [name for name in retries if getattr(found.retry_config, name) != getattr(right.retry_config, name)]
    if not wrong:
        return Finding(what=what, result=Result.PRESENT)
    detail = ", ".join(wrong)
    if check:
        return Finding(what=what, result=Result.DIFFERENT, detail=detail)
    change = {"queue": right, "update_mask": {"paths": [f"retry_config.{name}" for name in wrong]}}
    clients.tasks().update_queue(request=change, timeout=TIMEOUT_SECONDS, retry=None)
    return Finding(what=what, result=Result.CHANGED, detail=detail)


def _wanted(name: str) -> dict[str, Any]:
    retries = {
        "max_attempts": settings().task_attempts,
        "min_backoff": {"seconds": MIN_BACKOFF_SECONDS},
        "max_backoff": {"seconds": MAX_BACKOFF_SECONDS},
        "max_doublings": DOUBLINGS,
    }
    return {"name": name, "retry_config": retries}


def commands() -> tuple[str, ...]:
    options = settings()
    place = f"--location={options.cloud_tasks_location} --project={options.google_cloud_project}"
    backoff = f"--min-backoff={MIN_BACKOFF_SECONDS}s --max-backoff={MAX_BACKOFF_SECONDS}s --max-doublings={DOUBLINGS}"
    queue_id = options.cloud_tasks_queue_id
    account = options.service_account_email or "ACCOUNT"
    binding = f"add-iam-policy-binding {queue_id} {place} --role=roles/cloudtasks.enqueuer {member()}"
    return (
        f"gcloud tasks queues create {queue_id} {place} --max-attempts={options.task_attempts} {backoff}",
        f"gcloud tasks queues {binding}",
        f"gcloud iam service-accounts add-iam-policy-binding {account} --role=roles/iam.serviceAccountUser {member()}",
    )
