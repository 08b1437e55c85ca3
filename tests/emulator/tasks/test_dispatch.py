"""Tasks come to their target: the official client, the emulator and a real HTTP server."""

from __future__ import annotations

from typing import Any

import google.auth.transport.requests
import pytest
from google.oauth2 import id_token

from emulator import Emulator
from tests.emulator.target import Target

ACCOUNT = "caller@p.iam.gserviceaccount.com"


def test_a_task_is_dispatched_with_a_token(cloud: Emulator, client: Any, queue: str, target: Target) -> None:
    """The target gets body, headers and a token for its URL that google-auth verifies."""
    url = f"{target.url}/work?a=1"
    request = {
        "url": url,
        "body": b"load",
        "headers": {"X-Mine": "1"},
        "oidc_token": {"service_account_email": ACCOUNT},
    }
    task = client.create_task(parent=queue, task={"http_request": request})
    (received,) = target.wait_for(1)
    assert (received.verb, received.path, received.body) == ("POST", "/work?a=1", b"load")
    assert received.headers["X-Mine"] == "1"
    assert received.headers["User-Agent"] == "Google-Cloud-Tasks"
    assert received.headers["X-CloudTasks-QueueName"] == queue.rpartition("/")[2]
    assert received.headers["X-CloudTasks-TaskName"] == task.name.rpartition("/")[2]
    assert received.headers["X-CloudTasks-TaskRetryCount"] == "0"
    certs = f"http://{cloud.host}/oauth2/v1/certs"
    web = google.auth.transport.requests.Request()
    claims = id_token.verify_token(received.token, web, audience=url, certs_url=certs)
    assert (claims["email"], claims["iss"]) == (ACCOUNT, "https://accounts.google.com")


def test_a_failed_task_is_tried_again(client: Any, queue: str, target: Target) -> None:
    """Anything but 2xx is retried, and the retries say so."""
    target.answer = lambda _: 500 if len(target.received) < 3 else 204
    client.create_task(parent=queue, task={"http_request": {"url": target.url}})
    counts = [each.headers["X-CloudTasks-TaskRetryCount"] for each in target.wait_for(3)]
    last = target.received[-1].headers
    assert counts == ["0", "1", "2"]
    assert last["X-CloudTasks-TaskExecutionCount"] == "2"
    assert last["X-CloudTasks-TaskPreviousResponse"] == "500"


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_redirects_and_errors_are_failures(client: Any, queue: str, target: Target, status: int) -> None:
    """A redirect is not followed."""
    target.answer = lambda _: (status, {"Location": "/elsewhere"}) if len(target.received) < 2 else 200
    client.create_task(parent=queue, task={"http_request": {"url": f"{target.url}/here"}})
    assert [each.path for each in target.wait_for(2)] == ["/here", "/here"]
