"""The twin's own behaviour: acknowledgement, and faults that a seed repeats."""

from __future__ import annotations

from feedsync.errors import TransientError
from feedsync.transport.memory import Faults, MemoryTransport
from feedsync.wire.page import Page

PAGE = Page(attributes={}, data=b"one", count=1)


def test_a_message_is_delivered_until_it_is_acknowledged() -> None:
    """Pull shows it again and again; ack ends that."""
    transport = MemoryTransport()
    transport.publish([PAGE])
    [delivery] = transport.pull()
    assert transport.pull() == [delivery]
    transport.ack([delivery.ack_id])
    assert transport.pull() == []


def outcomes(seed: int) -> list[bool]:
    transport = MemoryTransport(Faults(seed=seed, lost=0.3, unconfirmed=0.3, duplicated=0.3))
    found = []
    for _ in range(50):
        try:
            transport.publish([PAGE])
        except TransientError:
            found.append(False)
        else:
            found.append(True)
    return found


def test_the_same_seed_fails_the_same_way() -> None:
    """Faults are a function of the seed."""
    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)
    assert {True, False} == set(outcomes(1))


def test_duplicates_are_delivered_twice() -> None:
    """Each with an ack id of its own."""
    transport = MemoryTransport(Faults(duplicated=1))
    transport.publish([PAGE])
    assert len({delivery.ack_id for delivery in transport.pull()}) == 2
