"""Commits ask for relay tasks: few of them, later than each commit, and without disturbing anybody."""

from __future__ import annotations

import threading

from feedsync.relay.waking import Waker, ask
from feedsync.tasks.cloud import Task
from feedsync.tasks.memory import MemoryQueue

LIMIT_SECONDS = 20


class Noting(MemoryQueue):
    """Tells when something was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def enqueue(self, task: Task) -> bool:
        try:
            return super().enqueue(task)
        finally:
            self.asked.set()


def test_task_begins_after_the_commit() -> None:
    """At the next full second, so that it sees whatever was committed before it was asked for."""
    queue = MemoryQueue()
    assert ask(queue, lambda: 100.0) == 101
    assert ask(queue, lambda: 100.9) == 101
    assert ask(queue, lambda: 101.0) == 102
    assert [(task.name, task.at) for task in queue.tasks] == [("relay-101", 101), ("relay-102", 102)]


def test_commits_of_a_second_share_a_task() -> None:
    """A process asks once, whatever it commits; a second process asks for the same name."""
    queue = MemoryQueue()
    wakers = [Waker(queue, lambda: 100.2), Waker(queue, lambda: 100.7)]
    for waker in wakers * 50:
        waker.wake()
    for waker in wakers:
        waker.end(LIMIT_SECONDS)
    assert [task.name for task in queue.tasks] == ["relay-101"]


def test_queue_that_is_away_is_asked_again() -> None:
    """`wake` returns at once; the thread goes on asking, and ends when it was heard."""
    queue = Noting()
    queue.away = True
    waker = Waker(queue, lambda: 100.0)
    waker.wake()
    assert queue.asked.wait(LIMIT_SECONDS)
    queue.away = False
    waker.end(LIMIT_SECONDS)
    assert [task.name for task in queue.tasks] == ["relay-101"]
