"""Tasks come to their target: the official client, the emulator and a real HTTP server."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any

import google.auth.transport.requests
import pytest
from google.oauth2 import id_token

from emulator import Emulator
from emulator.errors import FailedPrecondition
from tests.emulator.target import Received, Target, wait_until

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


def test_a_task_waits_for_its_time(cloud: Emulator, client: Any, queue: str, target: Target) -> None:
    """Until the clock is there; its attempts are shown."""
    at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    name = client.create_task(parent=queue, task={"http_request": {"url": target.url}, "schedule_time": at}).name
    target.answer = lambda _: 404
    assert client.get_task(name=name).dispatch_count == 0
    cloud.advance(3601)
    target.wait_for(2)
    shown = client.get_task(name=name)
    assert shown.dispatch_count >= 2
    assert shown.first_attempt.dispatch_time >= at
    assert shown.schedule_time >= at
    assert target.received[0].headers["X-CloudTasks-TaskETA"] == f"{at.timestamp():.6f}"


def test_a_task_out_of_attempts_goes(cloud: Emulator, target: Target) -> None:
    """With the queue's limit, or the task's own; what was tried can be asked for."""
    name = "projects/p/locations/l/queues/q"
    cloud.create_queue(name, retry_config={"max_attempts": 2})
    target.answer = lambda _: 500
    cloud.create_task(name, http_request={"url": target.url})
    cloud.drain(name)
    cloud.create_task(name, http_request={"url": target.url}, retry_config={"max_attempts": 1})
    cloud.drain(name)
    assert [each.status for each in cloud.dispatched(name)] == [500, 500, 500]
    assert cloud.tasks(name) == []


def test_backoff_follows_the_clock(cloud: Emulator, target: Target) -> None:
    """A retry in an hour comes when the clock is moved by an hour."""
    name = "projects/p/locations/l/queues/q"
    backoff = {"min_backoff": {"seconds": 3600}, "max_backoff": {"seconds": 3600}}
    cloud.create_queue(name, retry_config=backoff)
    target.answer = lambda _: 200 if len(target.received) > 1 else 500
    cloud.create_task(name, http_request={"url": target.url})
    wait_until(lambda: len(cloud.dispatched(name)) == 1)
    (task,) = cloud.tasks(name)
    assert task.schedule_time - cloud.dispatched(name)[0].time >= 3600
    cloud.advance(3601)
    cloud.drain(name)
    assert len(target.received) == 2


def test_a_dispatch_deadline_is_a_failure(cloud: Emulator, client: Any, queue: str, target: Target) -> None:
    """By the emulator's clock, DEADLINE_EXCEEDED."""
    release = threading.Event()
    target.answer = lambda _: release.wait(30) and 200
    task = {"http_request": {"url": target.url}, "dispatch_deadline": {"seconds": 20}}
    name = client.create_task(parent=queue, task=task).name
    target.wait_for(1)
    assert client.get_task(name=name).response_count == 0
    cloud.advance(21)
    wait_until(lambda: cloud.dispatched(queue))
    shown = client.get_task(name=name)
    release.set()
    assert (cloud.dispatched(queue)[0].error, shown.response_count) == ("deadline exceeded", 0)
    assert shown.last_attempt.response_status.code == 4 or shown.dispatch_count > 1


def test_a_task_can_be_run_at_once(client: Any, queue: str, target: Target) -> None:
    """Whatever its time, and though the queue is paused."""
    client.pause_queue(name=queue)
    at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    name = client.create_task(parent=queue, task={"http_request": {"url": target.url}, "schedule_time": at}).name
    assert client.run_task(name=name).dispatch_count == 1
    target.wait_for(1)
    wait_until(lambda: not list(client.list_tasks(parent=queue)))


def test_no_more_tasks_are_under_way_than_the_queue_allows(cloud: Emulator, target: Target) -> None:
    """The rest waits."""
    name = "projects/p/locations/l/queues/q"
    cloud.create_queue(name, rate_limits={"max_concurrent_dispatches": 3})
    running, most = [0], [0]
    lock = threading.Lock()

    def answer(_: Received) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return 200

    target.answer = answer
    for _ in range(12):
        cloud.create_task(name, http_request={"url": target.url})
    cloud.drain(name)
    assert (len(target.received), most[0] <= 3) == (12, True)


def test_an_overloaded_target_is_left_alone(cloud: Emulator, target: Target) -> None:
    """For as long as it asks."""
    name = "projects/p/locations/l/queues/q"
    cloud.create_queue(name)
    target.answer = lambda _: (429, {"Retry-After": "1000"}) if len(target.received) == 1 else 200
    cloud.create_task(name, http_request={"url": target.url})
    wait_until(lambda: len(cloud.dispatched(name)) == 1)
    (task,) = cloud.tasks(name)
    assert task.schedule_time - cloud.dispatched(name)[0].time >= 1000
    cloud.advance(1001)
    cloud.drain(name)


def test_app_engine_tasks_go_to_a_local_address(target: Target) -> None:
    """Each service's own, with App Engine's headers; without an address they are refused."""
    queue = "projects/p/locations/l/queues/q"
    with Emulator(app_engine={"worker": target.url}) as cloud:
        cloud.create_queue(queue)
        request = {"relative_uri": "/work?a=1", "body": b"load", "app_engine_routing": {"service": "worker"}}
        cloud.create_task(queue, app_engine_http_request=request)
        cloud.drain(queue)
        with pytest.raises(FailedPrecondition, match="default"):
            cloud.create_task(queue, app_engine_http_request={"relative_uri": "/"})
    (received,) = target.received
    assert (received.path, received.body) == ("/work?a=1", b"load")
    assert received.headers["X-AppEngine-QueueName"] == "q"
    assert received.headers["X-AppEngine-TaskRetryCount"] == "0"
    assert received.headers["Content-Type"] == "application/octet-stream"
    assert received.headers["User-Agent"].startswith("AppEngine-Google")


def test_reserved_headers_are_the_services(cloud: Emulator, target: Target) -> None:
    """Nobody passes for Cloud Tasks; an OAuth token is one."""
    name = "projects/p/locations/l/queues/q"
    cloud.create_queue(name)
    headers = {"x-cloudtasks-queuename": "mine", "User-Agent": "mine", "X-Google-Mine": "1", "X-Mine": "1"}
    token = {"service_account_email": ACCOUNT}
    cloud.create_task(
        name, http_request={"url": target.url, "http_method": "PATCH", "headers": headers, "oauth_token": token}
    )
    cloud.drain(name)
    (received,) = target.received
    assert received.verb == "PATCH"
    assert (received.headers["X-CloudTasks-QueueName"], received.headers["User-Agent"]) == ("q", "Google-Cloud-Tasks")
    assert (received.headers["X-Google-Mine"], received.headers["X-Mine"]) == (None, "1")
    assert received.token.startswith("ya29.")


def test_after_an_outage_dispatch_goes_on(cloud: Emulator, target: Target) -> None:
    """What was under way comes again."""
    name = "projects/p/locations/l/queues/q"
    cloud.create_queue(name)
    release = threading.Event()
    target.answer = lambda _: release.wait(30) and 200
    cloud.create_task(name, http_request={"url": target.url})
    target.wait_for(1)
    cloud.stop_serving()
    release.set()
    assert len(cloud.tasks(name)) == 1
    cloud.serve()
    cloud.drain(name)
    assert len(target.received) == 2
