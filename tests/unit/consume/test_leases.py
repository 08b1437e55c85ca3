"""What is worked on stays ours; what is left goes back at once. Against the emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consumers.streaming.leases import Leases
from emulator import Emulator
from feedsync.transport import clients

TOPIC, SUBSCRIPTION = "projects/p/topics/topic", "projects/p/subscriptions/subscription"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator() as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        emulator.create_topic(TOPIC)
        emulator.create_subscription(SUBSCRIPTION, TOPIC, ack_deadline_seconds=60)
        emulator.publish(TOPIC, b"message")
        yield emulator


def pulled() -> list[str]:
    """Ack ids of what is not leased; waits half a second for something."""
    answer = clients.subscriber().pull(subscription=SUBSCRIPTION, max_messages=10)
    return [received.ack_id for received in answer.received_messages]


def test_a_message_is_ours_as_long_as_it_is_held(cloud: Emulator) -> None:
    """However long a batch takes, nobody else gets it meanwhile."""
    leases = Leases(SUBSCRIPTION, extend_seconds=0.05)
    leases.start()
    leases.hold(pulled())
    for _ in range(6):
        cloud.advance(40)
        assert pulled() == []
    leases.close()
    assert len(pulled()) == 1


def test_what_is_acknowledged_is_not_given_back(cloud: Emulator) -> None:
    """The last acknowledgements are sent before the end."""
    leases = Leases(SUBSCRIPTION)
    leases.start()
    ack_ids = pulled()
    leases.hold(ack_ids)
    leases.ack(ack_ids)
    leases.close()
    assert [message.data for message in cloud.acknowledged(SUBSCRIPTION)] == [b"message"]
    assert cloud.outstanding(SUBSCRIPTION) == []
