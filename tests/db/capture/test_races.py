"""Two writers at a time: the marks are those of the rows that a statement wrote in the end (R4)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from tests.db.capture.marks import changed, take
from tests.library.models import Tag

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.two_writers, pytest.mark.usefixtures("capture")]


def _beside(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Run in another connection."""
    answers: list[object] = []

    def run() -> None:
        try:
            answers.append(work())
        finally:
            connections["default"].close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers


def _until_somebody_waits() -> None:
    """Until another session waits for a lock of ours: the databases say so themselves."""
    with connection.cursor() as cursor:
        for _ in range(20_000):
            if connection.vendor == "mysql":
                time.sleep(0.15)  # asked more often than each tenth of a second, it says what it said before
                cursor.execute("SELECT count(*) FROM information_schema.innodb_lock_waits")
            else:
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


@pytest.fixture
def tags() -> list[Tag]:
    made = Tag.objects.bulk_create([Tag(slug="a", label="old"), Tag(slug="b", label="old")])
    take()
    return made


def test_r04_an_update_that_waited_marks_what_it_wrote(tags: list[Tag]) -> None:
    """A row that left the filter meanwhile is neither written nor marked by it."""
    with transaction.atomic():
        Tag.objects.filter(slug="a").update(label="new")
        thread, answers = _beside(lambda: Tag.objects.filter(label="old").update(label="theirs"))
        _until_somebody_waits()
        take()
    thread.join()
    assert answers == [1]
    assert take() == changed(tags[1])


def test_r04_a_deletion_that_waited_marks_what_it_deleted(tags: list[Tag]) -> None:
    """The same for rows that go."""
    with transaction.atomic():
        Tag.objects.filter(slug="a").update(label="new")
        thread, answers = _beside(lambda: Tag.objects.filter(label="old")._raw_delete("default"))
        _until_somebody_waits()
        take()
    thread.join()
    assert answers == [1]
    assert take() == [("tag", str(tags[1].pk), '["b"]')]


def test_r04_a_moving_update_that_waited(tags: list[Tag]) -> None:
    """It locks what it looked at, and writes no row that left the filter."""
    with transaction.atomic():
        Tag.objects.filter(slug="a").update(label="new")
        thread, answers = _beside(lambda: Tag.objects.filter(label="old", slug="a").update(id=10**9))
        _until_somebody_waits()
        take()
    thread.join()
    assert answers == [0]
    assert Tag.objects.get(slug="a").pk == tags[0].pk
