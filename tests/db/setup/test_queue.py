"""`feedsync_setup` and the Cloud Tasks queue."""

from __future__ import annotations

import datetime as dt
from typing import Any

import grpc
import pytest
from pytest_django import Settings

from emulator import Emulator
from feedsync.transport import clients
from tests.db.setup.conftest import SetUp

pytestmark = pytest.mark.django_db(databases=["default", "other"])
NAME = "projects/test/locations/europe-west1/queues/feedsync"


@pytest.fixture(autouse=True)
def _tasks(settings: Settings) -> None:
    account = "shop@test.iam.gserviceaccount.com"
    settings.FEEDSYNC = {**settings.FEEDSYNC, "TASKS": "cloud_tasks", "SERVICE_ACCOUNT_EMAIL": account}


def queue() -> Any:
    return clients.tasks().get_queue(name=NAME)


def test_queue_is_made(cloud: Emulator, set_up: SetUp) -> None:
    """With as many attempts as we count on; again changes nothing."""
    assert f"Queue {NAME} is missing" in set_up("--check")[1]
    assert f"Queue {NAME} was made" in set_up()[1]
    retries = queue().retry_config
    assert (retries.max_attempts, retries.min_backoff) == (20, dt.timedelta(seconds=5))
    assert f"Queue {NAME} is as it should be" in set_up()[1]
    assert set_up("--check")[0]


def test_retries_are_mended_and_rates_left_alone(cloud: Emulator, set_up: SetUp, settings: Settings) -> None:
    """How much is dispatched at a time is not ours to say."""
    set_up()
    change = {"name": NAME, "rate_limits": {"max_concurrent_dispatches": 3}}
    clients.tasks().update_queue(queue=change, update_mask={"paths": ["rate_limits.max_concurrent_dispatches"]})
    settings.FEEDSYNC = {**settings.FEEDSYNC, "TASK_ATTEMPTS": 7}
    assert "differs: max_attempts" in set_up("--check")[1]
    assert "was changed: max_attempts" in set_up()[1]
    assert queue().retry_config.max_attempts == 7
    assert queue().rate_limits.max_concurrent_dispatches == 3


def test_paused_queue_is_told(cloud: Emulator, set_up: SetUp) -> None:
    """Somebody paused it on purpose: set-up doesn't resume it, and says how."""
    set_up()
    clients.tasks().pause_queue(name=NAME)
    good, said = set_up()
    assert not good
    assert f"gcloud tasks queues resume {NAME}" in said


def test_queue_without_permission(cloud: Emulator, set_up: SetUp) -> None:
    """The exact commands, with the roles that the environment's account needs at run time."""
    cloud.fail(method="CreateQueue", code=grpc.StatusCode.PERMISSION_DENIED)
    good, said = set_up()
    assert not good
    assert "roles/cloudtasks.queueAdmin" in said
    assert "gcloud tasks queues create feedsync --location=europe-west1 --project=test --max-attempts=20" in said
    assert "--role=roles/cloudtasks.enqueuer" in said
    assert "--role=roles/iam.serviceAccountUser" in said


@pytest.mark.parametrize("options", [{"TASKS": "thread"}, {"TASKS": "auto"}])
def test_no_queue_where_none_is_used(
    cloud: Emulator, set_up: SetUp, settings: Settings, options: dict[str, str]
) -> None:
    """A thread needs none."""
    settings.FEEDSYNC = {**settings.FEEDSYNC, **options}
    assert "Queue" not in set_up()[1]


def test_relay_uses_the_queue_too(cloud: Emulator, set_up: SetUp, settings: Settings) -> None:
    """An environment that only publishes."""
    settings.FEEDSYNC = {**settings.FEEDSYNC, "TASKS": "thread", "RELAY": "cloud_tasks"}
    assert f"Queue {NAME} was made" in set_up()[1]
