"""Ordering keys in the backlog: one batch of a key at a time, and what follows a redelivery comes again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.faults import Faults
from emulator.pubsub.lanes import Entry, State
from emulator.pubsub.rules import DeliveryRules
from tests.emulator.pubsub.stage import Stage

ORDERED = DeliveryRules(ordered=True)


def test_one_batch_of_a_key_is_out_at_a_time() -> None:
    """The next batch waits until the whole batch is acknowledged; other keys do not wait."""
    stage = Stage(ORDERED)
    stage.publish("a1", "a2", "a3", key="a")
    stage.publish("b1", key="b")
    first, second = stage.take(2)
    assert stage.said([first, second]) == ["a1", "a2"]
    assert stage.said(stage.take()) == ["b1"]
    stage.backlog.acknowledge([second.ack_id])
    assert stage.take() == []
    stage.backlog.acknowledge([first.ack_id])
    assert stage.said(stage.take()) == ["a3"]


def test_a_refused_message_takes_its_followers_along() -> None:
    """Later messages of the batch are redelivered, acknowledged or not; their old ack ids no longer count."""
    stage = Stage(ORDERED)
    stage.publish("1", "2", "3", key="k")
    first, second, third = stage.take()
    second_id = second.ack_id
    stage.backlog.acknowledge([third.ack_id])
    stage.backlog.extend([first.ack_id], seconds=0)
    stage.backlog.acknowledge([second_id])
    assert stage.said(stage.take()) == ["1", "2", "3"]


def test_what_came_before_a_refused_message_stays_acknowledged() -> None:
    """Only the refused message and what follows come again."""
    stage = Stage(ORDERED)
    stage.publish("1", "2", "3", key="k")
    first, second, _ = stage.take()
    stage.backlog.acknowledge([first.ack_id])
    stage.backlog.extend([second.ack_id], seconds=0)
    assert stage.said(stage.take()) == ["2", "3"]


def test_a_lapsed_batch_comes_again_in_order() -> None:
    """When no one answers, the whole batch is delivered once more."""
    stage = Stage(ORDERED)
    stage.publish("1", "2", "3", key="k")
    stage.take(2)
    stage.pass_seconds(10)
    assert stage.said(stage.take()) == ["1", "2", "3"]


def test_a_replayed_batch_keeps_its_order() -> None:
    """A duplicate of an ordered message brings the batch again, as the cloud would."""
    faults = Faults()
    faults.duplicate(seed=1, share=1.0)
    stage = Stage(ORDERED, faults=faults)
    stage.publish("1", "2", key="k")
    for _ in range(2):
        entries = stage.take()
        assert stage.said(entries) == ["1", "2"]
        stage.backlog.acknowledge([entry.ack_id for entry in entries])
    assert stage.take() == []


def test_a_key_that_is_done_leaves_nothing_behind() -> None:
    """A hundred thousand keys over time do not fill the memory."""
    stage = Stage(ORDERED)
    for number in range(100):
        stage.publish("x", key=f"k{number}")
    stage.backlog.acknowledge([entry.ack_id for entry in stage.take()])
    assert stage.backlog._dispatch.lanes == {}


@given(steps=st.lists(st.tuples(st.sampled_from(["take", "ack", "nack", "lapse"]), st.integers(0, 4)), max_size=40))
def test_whatever_happens_a_key_never_goes_back_for_good(steps: list[tuple[str, int]]) -> None:
    """After any history, the processed sequence ends with every message after its last redelivered predecessor."""
    stage = Stage(ORDERED)
    stage.publish(*"abcdef", key="k")
    out: list[Entry] = []
    for step, place in steps:
        leased = [entry for entry in out if entry.state is State.LEASED]
        if step == "take":
            out = leased + stage.take(place)
        elif step == "lapse":
            stage.pass_seconds(10)
        elif leased:
            entry = leased[place % len(leased)]
            if step == "ack":
                stage.backlog.acknowledge([entry.ack_id])
            else:
                stage.backlog.extend([entry.ack_id], seconds=0)
    stage.pass_seconds(10)
    owed = [each.data.decode() for each in stage.backlog.unacknowledged.values()]
    rest = []
    while entries := stage.take(2):
        rest += stage.said(entries)
        stage.backlog.acknowledge([entry.ack_id for entry in entries])
    assert rest == sorted(rest)
    assert set(owed) <= set(rest)
    assert stage.backlog.unacknowledged == {}
    assert stage.backlog._dispatch.lanes == {}
