"""Many tasks in one call, by the official client."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.longrunning import operations_pb2

URL = "http://127.0.0.1:1/work"


@pytest.fixture
def paused(client: Any, queue: str) -> str:
    """A queue that keeps its tasks."""
    client.pause_queue(name=queue)
    return queue


def creation(queue: str, *names: str, **request: Any) -> dict[str, Any]:
    """A batch of tasks of these names."""
    tasks = [{"name": f"{queue}/tasks/{name}", "http_request": {"url": URL, **request}} for name in names]
    return {"parent": queue, "requests": [{"parent": queue, "task": task} for task in tasks]}


def test_a_batch_is_created_and_deleted(client: Any, paused: str) -> None:
    """The operation is over at once, and can be asked for."""
    made = client.batch_create_tasks(request=creation(paused, "a", "b"))
    names = [task.name for task in made.result(timeout=20).tasks]
    assert names == [f"{paused}/tasks/a", f"{paused}/tasks/b"]
    assert made.metadata.state.name == "SUCCEEDED"
    again = client.get_operation(operations_pb2.GetOperationRequest(name=made.operation.name))
    assert again.done
    client.batch_delete_tasks(request={"parent": paused, "names": names}).result(timeout=20)
    assert list(client.list_tasks(parent=paused)) == []


def test_what_fails_does_not_hold_up_the_rest(client: Any, paused: str) -> None:
    """The metadata say which and why; where all fail, the operation does."""
    client.batch_create_tasks(request=creation(paused, "a")).result(timeout=20)
    some = client.batch_create_tasks(request=creation(paused, "a", "b"))
    assert [task.name[-1] for task in some.result(timeout=20).tasks] == ["b"]
    assert (some.metadata.state.name, some.metadata.failed_requests[0].code) == ("PARTIALLY_SUCCEEDED", 6)
    none = client.batch_create_tasks(request=creation(paused, "a", "b"))
    with pytest.raises(exceptions.Aborted, match="None of the requests"):
        none.result(timeout=20)
    assert sorted(none.metadata.failed_requests) == [0, 1]


def test_a_batch_that_is_sent_twice_is_done_once(client: Any, paused: str) -> None:
    """If the client gives it an id."""
    request = {**creation(paused, "a"), "request_id": "once"}
    first, second = (client.batch_create_tasks(request=request) for _ in range(2))
    assert first.result(timeout=20) == second.result(timeout=20)


def test_what_a_batch_may_not_be(client: Any, paused: str) -> None:
    """Empty, too large, of several queues."""
    for request in (creation(paused), creation(paused, *map(str, range(101)))):
        with pytest.raises(exceptions.InvalidArgument, match="1 to 100"):
            client.batch_create_tasks(request=request)
    with pytest.raises(exceptions.InvalidArgument, match="must be in"):
        client.batch_delete_tasks(request={"parent": paused, "names": [f"{paused}x/tasks/a"]})
    unknown = operations_pb2.GetOperationRequest(name="projects/p/locations/l/operations/none")
    with pytest.raises(exceptions.NotFound):
        client.get_operation(unknown)
