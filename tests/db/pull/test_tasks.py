"""Where pulls run: inline, in a thread, in a task framework, or nowhere, with a reason."""

from __future__ import annotations

import datetime as dt
import time
from importlib import import_module
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from consumers.models import DataPull, DataSource
from consumers.tasks import orphans, start, threads
from consumers.tasks.queued import framework
from feedsync.models import Mark
from tests.db.pull.pulling import waiting
from tests.db.pull.source import SETTINGS, Source, tag
from tests.library.models import Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rows(source: Source) -> None:
    source.rows = {"library.tag": [tag("a")]}


def test_pull_starts_after_the_commit_only(server: Server) -> None:
    """A data source whose transaction is rolled back pulls nothing."""
    with transaction.atomic():
        DataSource.objects.create(env_name="studio", env_url=server.url)
        transaction.set_rollback(True)
    assert server.paths == []
    with transaction.atomic():
        DataSource.objects.create(env_name="studio", env_url=server.url)
        assert server.paths == []
    assert Tag.objects.count() == 1


def test_thread_pulls_and_ends(server: Server, settings: Settings) -> None:
    """The caller doesn't wait; the thread is one a pull, and a daemon."""
    settings.FEEDSYNC = SETTINGS | {"TASKS": "thread"}
    pull = waiting(server.url)
    thread = threads.start(pull.pk)
    assert thread.daemon
    thread.join()
    pull.refresh_from_db()
    assert pull.status == DataPull.Status.DONE
    assert Tag.objects.count() == 1


def test_what_nobody_runs_is_taken_over(server: Server, settings: Settings) -> None:
    """A consumer looks now and again; a pull whose process died is run, where pulls run in threads."""
    pull = waiting(server.url)
    DataPull.objects.filter(pk=pull.pk).update(created_at=timezone.now() - dt.timedelta(minutes=5))
    orphans.look()
    assert DataPull.objects.get().status == DataPull.Status.WAITING
    settings.FEEDSYNC = SETTINGS | {"TASKS": "thread"}
    orphans.look()
    deadline = time.monotonic() + 30
    while DataPull.objects.get().status != DataPull.Status.DONE:
        assert time.monotonic() < deadline
    assert Tag.objects.count() == 1


def test_force_sync_runs_inline(server: Server, settings: Settings) -> None:
    """Whatever TASKS says."""
    settings.FEEDSYNC = SETTINGS | {"TASKS": "auto", "FORCE_SYNC": True}
    DataSource.objects.create(env_name="studio", env_url=server.url)
    assert DataPull.objects.get().status == DataPull.Status.DONE


DUMMY = {"default": {"BACKEND": f"{framework()}.backends.dummy.DummyBackend"}}
IMMEDIATE = {"default": {"BACKEND": f"{framework()}.backends.immediate.ImmediateBackend"}}


def results() -> list[Any]:
    """What the backend that runs nothing was given."""
    return list(import_module(framework()).default_task_backend.results)


def test_task_framework_runs_pulls(server: Server, settings: Settings) -> None:
    """Any backend of Django's, here one that runs a task as soon as it is enqueued."""
    settings.TASKS = IMMEDIATE
    settings.FEEDSYNC = SETTINGS | {"TASKS": "django_tasks"}
    DataSource.objects.create(env_name="studio", env_url=server.url)
    assert DataPull.objects.get().status == DataPull.Status.DONE
    assert Tag.objects.count() == 1


def test_task_framework_gets_a_primary_key_only(server: Server, settings: Settings) -> None:
    """Whatever a queue can store; until a worker comes, the pull waits."""
    settings.TASKS = DUMMY
    settings.FEEDSYNC = SETTINGS | {"TASKS": "django_tasks"}
    DataSource.objects.create(env_name="studio", env_url=server.url)
    pull = DataPull.objects.get()
    (result,) = results()
    assert (result.task.module_path, result.args, result.kwargs) == ("consumers.tasks.queued.run_pull", [pull.pk], {})
    assert pull.status == DataPull.Status.WAITING
    orphans.look()
    assert len(results()) == 1


@pytest.mark.parametrize(
    ("tasks", "silent_seconds", "taken"),
    [("django_tasks", 60, True), ("cloud_tasks", 60, False), ("cloud_tasks", 1_000, True)],
)
def test_silent_worker_of_a_queue_is_replaced_once(
    server: Server, settings: Settings, tasks: str, silent_seconds: int, taken: bool
) -> None:
    """By the next look; Cloud Tasks gets the time to call again by itself first."""
    settings.TASKS = DUMMY
    settings.FEEDSYNC = SETTINGS | {"TASKS": tasks}
    pull = waiting(server.url)
    silent = timezone.now() - dt.timedelta(seconds=silent_seconds)
    DataPull.objects.update(status="running", worker="dead", heartbeat_at=silent, started_at=silent)
    orphans.resume_orphans()
    orphans.resume_orphans()
    pull.refresh_from_db()
    assert pull.step == int(taken)


def test_pull_that_waits_for_its_next_call_is_left_alone(server: Server, settings: Settings) -> None:
    """Cloud Tasks has it; an outage of the queue at this moment must not end it."""
    settings.FEEDSYNC = SETTINGS | {"TASKS": "cloud_tasks"}
    waiting(server.url)
    long_ago = timezone.now() - dt.timedelta(hours=1)
    DataPull.objects.update(created_at=long_ago, started_at=long_ago)
    assert orphans.resume_orphans() == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"TASKS": "cloud_tasks"}, "SERVICE_ACCOUNT_EMAIL"),
        ({"TASKS": "cloud_tasks", "SERVICE_ACCOUNT_EMAIL": "a@b.example"}, "BASE_URL"),
        ({"TASKS": "cloud_tasks", "GOOGLE_CLOUD_PROJECT": ""}, "GOOGLE_CLOUD_PROJECT"),
        ({"TASKS": "django_tasks"}, "setting TASKS"),
    ],
)
def test_pull_that_cannot_be_started_says_why(
    server: Server, settings: Settings, options: dict[str, str], told: str
) -> None:
    """It isn't left waiting for ever, breaks nothing, and can be started again when that is mended."""
    settings.TASKS = {"other": IMMEDIATE["default"]}
    settings.FEEDSYNC = SETTINGS | options
    DataSource.objects.create(env_name="studio", env_url=server.url)
    pull = DataPull.objects.get()
    assert pull.status == DataPull.Status.FAILED
    assert told in pull.message
    settings.FEEDSYNC = SETTINGS
    assert start.resume(pull.pk)
    assert DataPull.objects.get().status == DataPull.Status.DONE


def test_disabled_source_pulls_nothing_when_added(server: Server) -> None:
    """It is only noted."""
    DataSource.objects.create(env_name="studio", env_url=server.url, enabled=False)
    assert not DataPull.objects.exists()


def test_pulled_rows_make_no_marks(server: Server) -> None:
    """No echo (invariant 8)."""
    DataSource.objects.create(env_name="studio", env_url=server.url)
    assert Tag.objects.count() == 1
    assert not Mark.objects.exists()
