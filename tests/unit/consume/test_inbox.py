"""The inbox is bounded by what is unsettled, and wakes whoever waits."""

from __future__ import annotations

import threading

from consumers.receiving.delivery import Delivery, Source
from consumers.streaming.inbox import Inbox

MESSAGE = Delivery(source=Source(name="studio", subscription="s"), ack_id="1", data=b"")


def test_what_is_taken_still_counts_until_it_is_settled() -> None:
    """A database outage fills no memory."""
    inbox = Inbox(room=1)
    closed = threading.Event()
    assert inbox.put(MESSAGE, closed)
    assert inbox.take(0) == MESSAGE
    closed.set()
    assert not inbox.put(MESSAGE, closed)
    inbox.settled(1)
    assert inbox.put(MESSAGE, closed)


def test_take_waits_for_nothing_if_told_so() -> None:
    """A batch is what has arrived."""
    assert Inbox().take(0) is None


def test_wake_ends_the_waiting() -> None:
    """A signal handler calls it."""
    inbox = Inbox()
    inbox.wake()
    assert inbox.take(60) is None
