"""Cloud Tasks over JSON and HTTP: the official client's REST transport, and buffered tasks, which curl sends."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials

from emulator import Emulator
from tests.emulator.target import Target
from tests.emulator.tasks.conftest import LOCATION

QUEUE = f"{LOCATION}/queues/rest"


@pytest.fixture
def rest(cloud: Emulator) -> Any:
    """The official client, over REST."""
    from google.cloud import tasks_v2
    from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksRestTransport

    transport = CloudTasksRestTransport(host=cloud.host, url_scheme="http", credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
    return tasks_v2.CloudTasksClient(transport=transport)


def test_the_rest_transport_works(cloud: Emulator, rest: Any, target: Target) -> None:
    """A queue, a task, its dispatch, an update, a refusal."""
    rest.create_queue(parent=LOCATION, queue={"name": QUEUE})
    rest.pause_queue(name=QUEUE)
    made = rest.create_task(parent=QUEUE, task={"http_request": {"url": target.url, "body": b"load"}})
    assert [task.name for task in rest.list_tasks(parent=QUEUE)] == [made.name]
    rest.resume_queue(name=QUEUE)
    cloud.drain(QUEUE)
    assert target.received[0].body == b"load"
    changed = {"name": QUEUE, "retry_config": {"max_attempts": 2}}
    assert rest.update_queue(queue=changed, update_mask={"paths": ["retry_config"]}).retry_config.max_attempts == 2
    assert rest.get_location({"name": LOCATION}).location_id == "europe-west1"
    with pytest.raises(exceptions.NotFound):
        rest.get_task(name=made.name)


@pytest.mark.parametrize("version", ["v2", "v2beta3"])
def test_anything_can_be_buffered(cloud: Emulator, target: Target, version: str) -> None:
    """The queue says where it goes; an id is given or made up."""
    host, port = target.url.removeprefix("http://").split(":")
    override = {"scheme": "HTTP", "host": host, "port": int(port), "path_override": {"path": "/buffered"}}
    cloud.create_queue(QUEUE, http_target={"uri_override": override})
    root = f"http://{cloud.host}/{version}/{QUEUE}/tasks"
    headers = {"Content-Type": "text/plain"}
    named = requests.post(f"{root}/mine:buffer", data=b"not JSON", headers=headers, timeout=20).json()
    assert named["task"]["name"] == f"{QUEUE}/tasks/mine"
    assert requests.post(f"{root}:buffer", data=b"", timeout=20).status_code == 200
    first, second = sorted(target.wait_for(2), key=lambda each: -len(each.body))
    assert (first.verb, first.path, first.body) == ("POST", "/buffered", b"not JSON")
    assert (first.headers["Content-Type"], second.body) == ("text/plain", b"")


def test_a_queue_without_address_buffers_nothing(cloud: Emulator) -> None:
    """FAILED_PRECONDITION says what is missing."""
    cloud.create_queue(QUEUE)
    refused = requests.post(f"http://{cloud.host}/v2/{QUEUE}/tasks:buffer", data=b"x", timeout=20)
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
