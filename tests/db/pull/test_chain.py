"""Pulls in calls of Cloud Tasks: chains, duplicates, deaths, and the last attempt; the queue is its twin in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from consumers.models import DataPull
from consumers.pull import lease
from consumers.tasks import cloud_tasks, start
from consumers.tasks.cloud_tasks import Again, Busy, Call, Done, Gone, Result
from feedsync.tasks.memory import MemoryQueue
from tests.db.pull.pulling import World, waiting
from tests.db.pull.source import SETTINGS, Source, tag
from tests.library.models import Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rows(source: Source, settings: Settings) -> None:
    source.rows = {"library.tag": [tag(f"t{number}") for number in range(6)]}
    settings.FEEDSYNC = SETTINGS | {"TASK_SECONDS": 10, "TASK_ATTEMPTS": 3}


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


def ticking(seconds: float) -> Iterator[float]:
    """A clock that moves whenever somebody looks at it."""
    now = 0.0
    while True:
        yield now
        now += seconds


def called(pull: DataPull, queue: MemoryQueue, *, step: int = 0, attempt: int = 1, slow: float = 0.0) -> Result:
    clock = ticking(slow)
    tools = replace(World().tools(), monotonic=lambda: next(clock))
    return cloud_tasks.handle(Call(pull_id=pull.pk, step=step, attempt=attempt), tools=tools, queue=queue)


def test_short_pull_is_one_task(server: Server, queue: MemoryQueue) -> None:
    """Done when it is done."""
    pull = waiting(server.url)
    assert called(pull, queue) == Done()
    pull.refresh_from_db()
    assert (pull.status, queue.tasks) == ("done", [])
    assert Tag.objects.count() == 6


def test_long_pull_goes_on_in_a_chain(server: Server, source: Source, queue: MemoryQueue) -> None:
    """Each task stops at the border of a chunk before its time is over, and the next one goes on at the cursor."""
    pull = waiting(server.url)
    steps = 0
    while pull.status != "done":
        assert called(pull, queue, step=steps, slow=20) == Done()
        pull.refresh_from_db()
        steps += pull.status == "waiting"
        assert pull.step == steps < 10
    assert steps > 1
    assert Tag.objects.count() == 6
    assert [dict(task.body) for task in queue.tasks] == [{"pull": pull.pk, "step": n + 1} for n in range(steps)]
    assert source.cursors == sorted(set(source.cursors))  # no chunk was asked for twice


def test_duplicate_of_a_task_does_nothing(server: Server, source: Source, queue: MemoryQueue) -> None:
    """Whether the pull is over or has gone on in another task."""
    pull = waiting(server.url)
    called(pull, queue, slow=4)
    assert called(pull, queue) == Done()
    assert (len(source.cursors), len(queue.tasks)) == (1, 1)
    called(pull, queue, step=1)
    assert called(pull, queue, step=1) == Done()
    assert len(source.cursors) == 2


def test_duplicate_beside_the_work_waits_its_turn(server: Server, source: Source, queue: MemoryQueue) -> None:
    """It is no success, and it doesn't run the pull twice."""
    pull = waiting(server.url)
    assert lease.claim(pull.pk, "another worker", timezone.now)
    assert called(pull, queue, attempt=99) == Busy()
    assert source.cursors == []
    pull.refresh_from_db()
    assert pull.status == "running"


def test_two_calls_at_once_are_one_run(server: Server, source: Source, queue: MemoryQueue) -> None:
    """A second delivery comes while the first is in the middle of the stream: it finds the lease taken."""
    pull = waiting(server.url)
    second: list[Result] = []

    def deliver_again(number: int) -> None:
        if number == 2:
            second.append(called(pull, queue))
            connections.close_all()  # of the server's thread

    source.before_chunk = deliver_again
    assert called(pull, queue) == Done()
    assert second == [Busy()]
    assert source.cursors == ["0"]
    assert Tag.objects.count() == 6


def test_killed_worker_is_taken_over_after_its_lease(server: Server, queue: MemoryQueue) -> None:
    """Cloud Tasks calls again; once the dead worker's lease is over, that call runs the pull."""
    pull = waiting(server.url)
    assert lease.claim(pull.pk, "a worker that dies", timezone.now)
    DataPull.objects.update(heartbeat_at=timezone.now() - dt.timedelta(seconds=lease.SILENT_SECONDS + 1))
    assert called(pull, queue, attempt=2) == Done()
    assert Tag.objects.count() == 6


def test_next_task_that_could_not_be_made(server: Server, queue: MemoryQueue) -> None:
    """The call fails and is called again: it only makes the next task then, whoever has the pull."""
    pull = waiting(server.url)
    queue.away = True
    with pytest.raises(Exception, match="could not be reached"):
        called(pull, queue, slow=4)
    queue.away = False
    assert called(pull, queue, attempt=2) == Done()
    assert [dict(task.body) for task in queue.tasks] == [{"pull": pull.pk, "step": 1}]


def test_source_that_is_away_is_tried_again_until_given_up(server: Server, source: Source, queue: MemoryQueue) -> None:
    """The pull waits between attempts and says why; after the last one it has failed, and can be resumed."""
    source.cut_after, source.cut_forever = 1, True
    pull = waiting(server.url)
    answer = called(pull, queue)
    assert isinstance(answer, Again)
    assert "cut" in answer.reason
    pull.refresh_from_db()
    assert (pull.status, pull.message) == ("waiting", answer.reason)

    assert called(pull, queue, attempt=3) == Done()
    pull.refresh_from_db()
    assert pull.status == "failed"
    assert "Given up after 3 attempts" in pull.message
    assert pull.finished_at


def test_what_a_person_must_mend_is_not_tried_again(server: Server, source: Source, queue: MemoryQueue) -> None:
    """The pull has failed at the first attempt: a retry would only say the same."""
    source.environment = "somebody else"
    pull = waiting(server.url)
    assert called(pull, queue) == Done()
    pull.refresh_from_db()
    assert pull.status == "failed"


def test_pull_that_is_gone(queue: MemoryQueue, db: None) -> None:
    """Nothing was done, so it is no success."""
    assert cloud_tasks.handle(Call(pull_id=1, step=0), queue=queue) == Gone()


def test_two_clicks_are_one_step(server: Server, settings: Settings) -> None:
    """Resuming makes one new task, and the second click finds it made."""
    settings.FEEDSYNC = SETTINGS | {"TASKS": "cloud_tasks"}
    pull = waiting(server.url)
    DataPull.objects.update(status="failed")
    for _ in range(2):
        start.resume(pull.pk)
        DataPull.objects.filter(status="failed").update(status="waiting")  # as if the queue were there
    pull.refresh_from_db()
    assert pull.step == 1
