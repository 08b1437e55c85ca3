"""Where pulls run: inline, in a thread, or nowhere yet."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from consumers.models import DataPull, DataSource
from consumers.tasks import orphans, threads
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


@pytest.mark.parametrize("tasks", ["cloud_tasks", "django_tasks"])
def test_what_comes_later_says_so(server: Server, settings: Settings, tasks: str) -> None:
    """A pull that can't be started isn't left waiting for ever."""
    settings.FEEDSYNC = SETTINGS | {"TASKS": tasks}
    DataSource.objects.create(env_name="studio", env_url=server.url)
    pull = DataPull.objects.get()
    assert pull.status == DataPull.Status.FAILED
    assert "later version" in pull.message


def test_disabled_source_pulls_nothing_when_added(server: Server) -> None:
    """It is only noted."""
    DataSource.objects.create(env_name="studio", env_url=server.url, enabled=False)
    assert not DataPull.objects.exists()


def test_pulled_rows_make_no_marks(server: Server) -> None:
    """No echo (invariant 8)."""
    DataSource.objects.create(env_name="studio", env_url=server.url)
    assert Tag.objects.count() == 1
    assert not Mark.objects.exists()
