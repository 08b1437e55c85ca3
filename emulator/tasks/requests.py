"""From a task to the HTTP request of its next attempt: the target, the service's headers, a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.identity.issuer import Issuer
from emulator.outgoing import Outgoing
from emulator.tasks import names, overrides
from emulator.tasks.app_engine import AppEngine
from emulator.tasks.attempts import Task
from emulator.tasks.queues import Queue
from emulator.wire.tasks import V2BETA3

METHOD = V2BETA3["HttpMethod"]
_IGNORED = ("host", "content-length", "user-agent", "x-google-", "x-appengine-", "x-cloudtasks-")
_USER_AGENT = "Google-Cloud-Tasks"
_APP_ENGINE_AGENT = "AppEngine-Google; (+http://code.google.com/appengine)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Makes requests."""

    issuer: Issuer
    app_engine: AppEngine

    def of(self, queue: Queue, task: Task) -> Outgoing:
        """The request of the attempt that was just begun."""
        if task.shown.HasField("http_request"):
            return self._http(queue, task)
        return self._app_engine(queue, task)

    def _http(self, queue: Queue, task: Task) -> Outgoing:
        sent = overrides.applied(task.shown.http_request, queue.shown.http_target)
        headers = {
            **_allowed(sent.headers),
            **_service_headers("X-CloudTasks", queue, task),
            "User-Agent": _USER_AGENT,
            **self._authorization(sent),
        }
        verb = METHOD.Name(sent.http_method or METHOD.POST)
        return Outgoing(verb=verb, url=sent.url, headers=headers, body=b"" if verb == "GET" else sent.body)

    def _app_engine(self, queue: Queue, task: Task) -> Outgoing:
        sent = task.shown.app_engine_http_request
        agent = next((value for name, value in sent.headers.items() if name.lower() == "user-agent"), "")
        headers = {
            **({"Content-Type": "application/octet-stream"} if sent.body else {}),
            **_allowed(sent.headers),
            **_service_headers("X-AppEngine", queue, task),
            "User-Agent": f"{agent} {_APP_ENGINE_AGENT}".strip(),
        }
        url = self.app_engine.url(queue.shown, task.shown)
        return Outgoing(verb=METHOD.Name(sent.http_method or METHOD.POST), url=url, headers=headers, body=sent.body)

    def _authorization(self, sent: Any) -> dict[str, str]:
        if sent.HasField("oidc_token"):
            token = sent.oidc_token
            return {"Authorization": f"Bearer {self._id_token(token, sent.url)}"}
        if sent.HasField("oauth_token"):
            return {"Authorization": f"Bearer {self.issuer.access_token()}"}
        return {}

    def _id_token(self, token: Any, url: str) -> str:
        return self.issuer.shared_id_token(email=token.service_account_email, audience=token.audience or url)


def _allowed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not name.lower().startswith(_IGNORED)}


def _service_headers(prefix: str, queue: Queue, task: Task) -> dict[str, str]:
    headers = {
        f"{prefix}-QueueName": names.id_of(queue.name),
        f"{prefix}-TaskName": names.id_of(task.name),
        f"{prefix}-TaskRetryCount": str(task.dispatch_count - 1),
        f"{prefix}-TaskExecutionCount": str(task.response_count),
        f"{prefix}-TaskETA": f"{task.schedule_time:.6f}",
    }
    if task.previous_status:
        headers[f"{prefix}-TaskPreviousResponse"] = str(task.previous_status)
    if task.reason:
        headers[f"{prefix}-TaskRetryReason"] = task.reason
    return headers
