"""Cloud Tasks: a task in, a queued POST to one of our own URLs out, which brings an OIDC token of our service account.

The name makes it one: whatever asks twice, a double click or a retry, gets one task.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from feedsync.conf import settings
from feedsync.errors import ConfigurationError, TransientError
from feedsync.tasks import addresses
from feedsync.transport import clients
from feedsync.wire import json

TIMEOUT_SECONDS = 5.0  # a person waits for the admin
RETRY_SECONDS = 3.0  # a name makes asking again harmless
SPARE_SECONDS = 300  # between our own end of a task's work and Google's
LONGEST_SECONDS = 1_800  # what Cloud Tasks waits for an answer at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`name`: letters, digits, hyphens. `view`: who is called. `at`: not before, seconds since 1970; None: at once."""

    name: str
    view: str
    body: Mapping[str, Any] = field(default_factory=dict)
    at: int | None = None


class Queue(Protocol):
    def enqueue(self, task: Task) -> bool:
        """False where a task of that name is there, or was some hours ago.

        Raises TransientError where the queue can't be reached, ConfigurationError where it isn't set up.
        """


class CloudTasks:
    """The queue of the settings."""

    def enqueue(self, task: Task) -> bool:
        from google.api_core import exceptions, retry
        from google.auth.exceptions import GoogleAuthError

        path = queue_path()
        request = _request(path, task)
        passing = retry.if_exception_type(exceptions.ServiceUnavailable)
        again = retry.Retry(predicate=passing, initial=0.1, maximum=1.0, timeout=RETRY_SECONDS)
        try:
            clients.tasks().create_task(request=request, timeout=TIMEOUT_SECONDS, retry=again)
        except exceptions.AlreadyExists:
            return False
        except exceptions.NotFound as error:
            raise ConfigurationError(f"The queue {path} does not exist: run `manage.py feedsync_setup`.") from error
        except exceptions.Forbidden as error:
            raise ConfigurationError(
                f"This environment may not add tasks to {path}: give its service account roles/cloudtasks.enqueuer, "
                f"and roles/iam.serviceAccountUser on {settings().service_account_email}."
            ) from error
        except (exceptions.GoogleAPIError, GoogleAuthError) as error:
            raise TransientError(f"The queue {path} could not be reached: {_told(error)}") from error
        return True


def queue_path() -> str:
    options = settings()
    if not options.google_cloud_project:
        raise ConfigurationError("Cloud Tasks needs a project: set FEEDSYNC['GOOGLE_CLOUD_PROJECT'].")
    place = f"projects/{options.google_cloud_project}/locations/{options.cloud_tasks_location}"
    return f"{place}/queues/{options.cloud_tasks_queue_id}"


def _request(path: str, task: Task) -> dict[str, Any]:
    options = settings()
    if not options.service_account_email:
        raise ConfigurationError("FEEDSYNC['SERVICE_ACCOUNT_EMAIL'] is empty: tasks could not prove who sends them.")
    url = addresses.task_url(task.view)
    http = {
        "http_method": "POST",
        "url": url,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(dict(task.body)),
        "oidc_token": {"service_account_email": options.service_account_email, "audience": url},
    }
    described: dict[str, Any] = {
        "name": f"{path}/tasks/{_scattered(task.name)}",
        "http_request": http,
        "dispatch_deadline": {"seconds": min(options.task_seconds + SPARE_SECONDS, LONGEST_SECONDS)},
    }
    if task.at is not None:
        described["schedule_time"] = {"seconds": task.at}
    return {"parent": path, "task": described}


def _scattered(name: str) -> str:
    """Names that begin alike slow the queue down; a queue may be shared by environments."""
    full = f"{settings().environment}-{name}"
    return f"{hashlib.sha256(full.encode()).hexdigest()[:10]}-{full}"


def _told(error: Any) -> str:
    return str(getattr(error, "message", "") or error)
