"""Exactly-once delivery in the backlog: which ack ids count, and when a message may come again."""

from __future__ import annotations

import pytest

from emulator.errors import InvalidArgument
from emulator.faults import Faults
from emulator.pubsub.acknowledging import Failure, check_ack_ids
from emulator.pubsub.rules import DeliveryRules
from emulator.pubsub.takers import Holder
from tests.emulator.pubsub.stage import Stage

ONCE = DeliveryRules(exactly_once=True)


def test_a_lapsed_ack_id_is_refused() -> None:
    """After its deadline an ack id changes nothing, and its owner is told."""
    stage = Stage(ONCE)
    stage.publish("a")
    (entry,) = stage.take()
    stale = entry.ack_id
    stage.pass_seconds(10)
    assert stage.backlog.acknowledge([stale]) == {stale: Failure.INVALID}
    assert stage.backlog.extend([stale], seconds=60) == {stale: Failure.INVALID}
    assert stage.said(stage.take()) == ["a"]


def test_a_refused_delivery_cannot_be_revived() -> None:
    """Neither an extension nor an acknowledgement undoes a nack."""
    stage = Stage(ONCE)
    stage.publish("a")
    (entry,) = stage.take()
    ack_id = entry.ack_id
    assert stage.backlog.extend([ack_id], seconds=0) == {}
    assert stage.backlog.extend([ack_id], seconds=60) == {ack_id: Failure.INVALID}
    assert stage.backlog.acknowledge([ack_id]) == {ack_id: Failure.INVALID}


def test_an_acknowledgement_may_be_repeated() -> None:
    """A client whose answer was lost asks again and hears that it worked."""
    stage = Stage(ONCE)
    stage.publish("a")
    (entry,) = stage.take()
    assert stage.backlog.acknowledge([entry.ack_id]) == {}
    assert stage.backlog.acknowledge([entry.ack_id]) == {}


def test_nothing_comes_again_before_the_deadline() -> None:
    """A vanished client's lease runs on, duplicates are off, and an acknowledgement over a new stream still counts."""
    faults = Faults()
    faults.duplicate(seed=1, share=1.0)
    stage = Stage(ONCE, faults=faults)
    stage.publish("a", "b")
    holder = Holder(lambda: None)
    first, second = stage.backlog.take(holder.room, by=holder)
    stage.backlog.release(holder)
    assert stage.take() == []
    assert stage.backlog.acknowledge([first.ack_id]) == {}
    stage.pass_seconds(10)
    assert stage.said(stage.take()) == ["b"]
    assert second.attempts == 2


def test_what_is_acknowledged_out_of_order_is_refused() -> None:
    """Of an ordering key, a message counts as acknowledged only after those before it: none of them comes twice."""
    stage = Stage(DeliveryRules(exactly_once=True, ordered=True))
    stage.publish("1", "2", key="k")
    first, second = stage.take()
    assert stage.backlog.acknowledge([second.ack_id]) == {second.ack_id: Failure.UNORDERED}
    assert stage.backlog.acknowledge([first.ack_id, second.ack_id]) == {}
    assert stage.backlog.unacknowledged == {}


def test_without_exactly_once_delivery_late_answers_are_accepted() -> None:
    """An outdated ack id is no error; what was never one is."""
    stage = Stage()
    stage.publish("a")
    (entry,) = stage.take()
    stage.pass_seconds(10)
    assert stage.backlog.acknowledge([entry.ack_id]) == {}
    check_ack_ids([entry.ack_id])
    with pytest.raises(InvalidArgument, match="nonsense"):
        check_ack_ids(["nonsense"])
