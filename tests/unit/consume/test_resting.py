"""Databases that fail rest, longer each time, and their messages with them."""

from __future__ import annotations

import pytest

from consumers.receiving.delivery import Delivery, Source
from consumers.streaming.resting import LONGEST_PAUSE_SECONDS, Resting

A, B = (
    Delivery(source=Source(name="studio", subscription="s"), ack_id=ack_id, data=b"", attributes={})
    for ack_id in ("a", "b")
)


def test_messages_come_back_when_the_pause_is_over() -> None:
    """Not before, and once."""
    resting = Resting()
    pause = resting.failed("default", [A], now=100)
    resting.wait("default", B)
    assert resting.due(100 + pause / 2) == []
    assert resting.rests("default", 100 + pause / 2)
    assert resting.seconds(100, 1) == pytest.approx(pause)
    assert resting.due(100 + pause) == [A, B]
    assert resting.due(100 + pause) == []


def test_pauses_grow_up_to_a_limit() -> None:
    """A database that is down for long is asked every few seconds."""
    resting = Resting()
    pauses = [resting.failed("default", [], now=0) for _ in range(20)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.1
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def test_success_begins_anew() -> None:
    """It is noted once that the database works again."""
    resting = Resting()
    first = resting.failed("default", [], now=0)
    resting.failed("default", [], now=1)
    assert resting.works("default")
    assert not resting.works("default")
    assert resting.failed("default", [], now=2) == first


def test_databases_rest_each_on_its_own() -> None:
    """One that is down holds up no other."""
    resting = Resting()
    resting.failed("other", [A], now=0)
    assert not resting.rests("default", 0)
    assert resting.waiting == 1
