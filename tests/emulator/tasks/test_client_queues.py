"""Queues, as the official client sees them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from google.api_core import exceptions

from tests.emulator.tasks.conftest import LOCATION

NAME = f"{LOCATION}/queues/settings"


def test_defaults_are_shown(client: Any) -> None:
    """As the service fills them in."""
    made = client.create_queue(parent=LOCATION, queue={"name": NAME})
    assert made == client.get_queue(name=NAME)
    rates, retries = made.rate_limits, made.retry_config
    assert (rates.max_dispatches_per_second, rates.max_burst_size, rates.max_concurrent_dispatches) == (500, 100, 1000)
    assert (retries.max_attempts, retries.max_doublings, made.state.name) == (100, 16, "RUNNING")
    assert (retries.min_backoff, retries.max_backoff) == (dt.timedelta(seconds=0.1), dt.timedelta(hours=1))


def test_a_mask_says_what_is_updated(client: Any) -> None:
    """Without one, everything is; a queue that does not exist is created."""
    client.create_queue(parent=LOCATION, queue={"name": NAME, "rate_limits": {"max_dispatches_per_second": 7}})
    changed = {"name": NAME, "rate_limits": {"max_concurrent_dispatches": 2}, "retry_config": {"max_attempts": 3}}
    masked = client.update_queue(queue=changed, update_mask={"paths": ["retry_config.max_attempts"]})
    assert (masked.retry_config.max_attempts, masked.rate_limits.max_concurrent_dispatches) == (3, 1000)
    assert masked.rate_limits.max_dispatches_per_second == 7
    whole = client.update_queue(queue=changed)
    assert (whole.rate_limits.max_dispatches_per_second, whole.rate_limits.max_concurrent_dispatches) == (500, 2)
    other = f"{LOCATION}/queues/other"
    assert client.update_queue(queue={"name": other}).name == other == client.get_queue(name=other).name
    with pytest.raises(exceptions.InvalidArgument, match="colour"):
        client.update_queue(queue={"name": NAME}, update_mask={"paths": ["colour"]})


def test_a_queue_is_paused_resumed_purged_and_deleted(client: Any, queue: str) -> None:
    """And its tasks stay, stay, go and go."""
    assert client.pause_queue(name=queue).state.name == "PAUSED"
    client.create_task(parent=queue, task={"http_request": {"url": "http://127.0.0.1:1/"}})
    assert len(list(client.list_tasks(parent=queue))) == 1
    purged = client.purge_queue(name=queue)
    assert purged.purge_time is not None
    assert list(client.list_tasks(parent=queue)) == []
    assert client.resume_queue(name=queue).state.name == "RUNNING"
    client.delete_queue(name=queue)
    with pytest.raises(exceptions.NotFound):
        client.get_queue(name=queue)


def test_queues_are_listed_by_location_in_pages(client: Any) -> None:
    """In the order of their names."""
    names = [f"{LOCATION}/queues/{each}" for each in "abcde"]
    for name in reversed(names):
        client.create_queue(parent=LOCATION, queue={"name": name})
    client.create_queue(parent="projects/p/locations/x", queue={"name": "projects/p/locations/x/queues/a"})
    pages = list(client.list_queues(request={"parent": LOCATION, "page_size": 2}).pages)
    assert [[queue.name for queue in page.queues] for page in pages] == [names[:2], names[2:4], names[4:]]


@pytest.mark.parametrize(
    ("queue", "culprit"),
    [
        ({"name": "q"}, "'q' must be in"),
        ({"name": f"{LOCATION}/queues/a_b"}, "a_b"),
        ({"name": f"{LOCATION}/queues/{'a' * 101}"}, "100 characters"),
        ({"name": NAME, "rate_limits": {"max_dispatches_per_second": 501}}, "max_dispatches_per_second"),
        ({"name": NAME, "rate_limits": {"max_dispatches_per_second": -1}}, "max_dispatches_per_second"),
        ({"name": NAME, "rate_limits": {"max_concurrent_dispatches": 5001}}, "max_concurrent_dispatches"),
        ({"name": NAME, "retry_config": {"max_attempts": -2}}, "max_attempts"),
        ({"name": NAME, "retry_config": {"min_backoff": {"seconds": 9}, "max_backoff": {"seconds": 8}}}, "min_backoff"),
        ({"name": NAME, "http_target": {"uri_override": {"host": ""}}}, "host"),
        ({"name": NAME, "http_target": {"oidc_token": {"service_account_email": "a@example.com"}}}, "audience"),
        ({"name": NAME, "stackdriver_logging_config": {"sampling_ratio": 2}}, "sampling_ratio"),
    ],
)
def test_what_a_queue_may_not_be(client: Any, queue: dict[str, Any], culprit: str) -> None:
    """INVALID_ARGUMENT names the culprit."""
    with pytest.raises(exceptions.InvalidArgument, match=culprit):
        client.create_queue(parent=LOCATION, queue=queue)


def test_a_name_is_taken_once(client: Any, queue: str) -> None:
    """And an unknown one is not found."""
    with pytest.raises(exceptions.AlreadyExists):
        client.create_queue(parent=LOCATION, queue={"name": queue})
    for method in (client.get_queue, client.delete_queue, client.pause_queue, client.purge_queue):
        with pytest.raises(exceptions.NotFound):
            method(name=f"{LOCATION}/queues/none")


def test_a_policy_is_kept(client: Any, queue: str) -> None:
    """And shown, and asked."""
    binding = {"role": "roles/cloudtasks.enqueuer", "members": ["user:a@example.com"]}
    client.set_iam_policy(request={"resource": queue, "policy": {"bindings": [binding]}})
    assert client.get_iam_policy(request={"resource": queue}).bindings[0].role == binding["role"]
    asked = {"resource": queue, "permissions": ["cloudtasks.tasks.create"]}
    assert list(client.test_iam_permissions(request=asked).permissions) == ["cloudtasks.tasks.create"]


def test_locations_are_known(client: Any) -> None:
    """Any that is asked for, and some are listed."""
    assert client.get_location({"name": LOCATION}).location_id == "europe-west1"
    assert LOCATION in {each.name for each in client.list_locations({"name": "projects/p"}).locations}
