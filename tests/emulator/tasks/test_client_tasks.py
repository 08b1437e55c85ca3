"""Tasks, as the official client sees them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from google.api_core import exceptions

from emulator import Emulator

URL = "http://127.0.0.1:1/work"
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def paused(client: Any, queue: str) -> str:
    """A queue that keeps its tasks."""
    client.pause_queue(name=queue)
    return queue


def test_defaults_are_shown(client: Any, paused: str) -> None:
    """A name, the times, the deadline, the method."""
    made = client.create_task(parent=paused, task={"http_request": {"url": URL}})
    assert made.name.startswith(f"{paused}/tasks/")
    assert made.http_request.http_method.name == "POST"
    assert made.dispatch_deadline == dt.timedelta(minutes=10)
    assert abs(made.schedule_time - made.create_time) < dt.timedelta(seconds=2)
    assert (made.dispatch_count, made.view.name) == (0, "BASIC")


def test_bodies_are_shown_in_the_full_view_only(client: Any, paused: str) -> None:
    """When a task is created, shown and listed."""
    task = {"http_request": {"url": URL, "body": b"load"}}
    name = client.create_task(parent=paused, task=task).name
    assert client.get_task(name=name).http_request.body == b""
    assert client.get_task(request={"name": name, "response_view": "FULL"}).http_request.body == b"load"
    (listed,) = client.list_tasks(request={"parent": paused, "response_view": "FULL"})
    assert (listed.http_request.body, listed.view.name) == (b"load", "FULL")


def test_a_name_is_given_once(cloud: Emulator, client: Any, paused: str) -> None:
    """Not again within a day after the task was deleted."""
    task = {"name": f"{paused}/tasks/once", "http_request": {"url": URL}}
    client.create_task(parent=paused, task=task)
    with pytest.raises(exceptions.AlreadyExists):
        client.create_task(parent=paused, task=task)
    client.delete_task(name=task["name"])
    with pytest.raises(exceptions.AlreadyExists, match="too recently"):
        client.create_task(parent=paused, task=task)
    with pytest.raises(exceptions.NotFound):
        client.get_task(name=task["name"])
    cloud.advance(86_400)
    client.create_task(parent=paused, task=task)


def test_tasks_are_listed_in_pages(client: Any, paused: str) -> None:
    """Each once."""
    for number in range(5):
        client.create_task(parent=paused, task={"name": f"{paused}/tasks/{number}", "http_request": {"url": URL}})
    pages = list(client.list_tasks(request={"parent": paused, "page_size": 2}).pages)
    assert [[task.name[-1] for task in page.tasks] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]


@pytest.mark.parametrize(
    ("task", "culprit"),
    [
        ({}, "http_request"),
        ({"http_request": {"url": "ftp://a.example"}}, "URL"),
        ({"http_request": {"url": "https://"}}, "URL"),
        ({"http_request": {"url": "https://a.example/" + "x" * 2083}}, "2083"),
        ({"http_request": {"url": URL, "http_method": "GET", "body": b"x"}}, "GET"),
        ({"http_request": {"url": URL, "body": bytes(1024 * 1024)}}, "1048576"),
        ({"http_request": {"url": URL, "headers": {"a": "b" * 81_920}}}, "headers"),
        ({"http_request": {"url": URL, "headers": {"a": "b\r\nc: d"}}}, "header"),
        ({"http_request": {"url": URL, "headers": {"a b": "c"}}}, "header"),
        ({"http_request": {"url": URL, "oidc_token": {"audience": "a"}}}, "service_account_email"),
        ({"http_request": {"url": URL}, "dispatch_deadline": {"seconds": 14}}, "dispatch_deadline"),
        ({"http_request": {"url": URL}, "dispatch_deadline": {"seconds": 1801}}, "dispatch_deadline"),
        ({"http_request": {"url": URL}, "schedule_time": NOW + dt.timedelta(days=31)}, "30 days"),
        ({"http_request": {"url": URL}, "retry_config": {"max_attempts": -2}}, "max_attempts"),
        ({"name": "projects/p/locations/l/queues/other/tasks/a", "http_request": {"url": URL}}, "must be in"),
        ({"name": "a", "http_request": {"url": URL}}, "Invalid name"),
    ],
)
def test_what_a_task_may_not_be(client: Any, paused: str, task: dict[str, Any], culprit: str) -> None:
    """INVALID_ARGUMENT names the culprit."""
    with pytest.raises(exceptions.InvalidArgument, match=culprit):
        client.create_task(parent=paused, task=task)


def test_unknown_tasks_are_not_found(client: Any, paused: str) -> None:
    """Nor is a task of an unknown queue."""
    for method in (client.get_task, client.delete_task, client.run_task):
        with pytest.raises(exceptions.NotFound):
            method(name=f"{paused}/tasks/none")
    with pytest.raises(exceptions.NotFound):
        client.create_task(parent=f"{paused}x", task={"http_request": {"url": URL}})


def test_both_versions_show_the_same(cloud: Emulator, client: Any, paused: str) -> None:
    """Fields of v2beta3 have other numbers, and App Engine's routing another place."""
    from google.cloud import tasks_v2beta3
    from google.cloud.tasks_v2beta3.services.cloud_tasks.transports import CloudTasksGrpcTransport

    routing = {"app_engine_routing_override": {"service": "worker"}, "http_target": {"http_method": "PUT"}}
    client.update_queue(
        queue={"name": paused, **routing}, update_mask={"paths": ["app_engine_routing_override", "http_target"]}
    )
    made = client.create_task(parent=paused, task={"http_request": {"url": URL}, "retry_config": {"max_attempts": 2}})
    channel = client.transport.grpc_channel
    beta = tasks_v2beta3.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
    queue = beta.get_queue(name=paused)
    assert queue.app_engine_http_queue.app_engine_routing_override.service == "worker"
    assert (queue.http_target.http_method.name, queue.type_.name, queue.state.name) == ("PUT", "PUSH", "PAUSED")
    seen = beta.get_task(name=made.name)
    assert (seen.http_request.url, seen.schedule_time) == (URL, made.schedule_time)
    assert seen.retry_config.max_attempts == 2
    task = tasks_v2beta3.Task(http_request={"url": URL, "body": b"x"})
    other = beta.create_task(parent=paused, task=task)
    assert client.get_task(request={"name": other.name, "response_view": "FULL"}).http_request.body == b"x"
