"""Outages, and several emulators in one process."""

from __future__ import annotations

import pytest
from google.api_core import exceptions

from emulator import Emulator
from tests.emulator.collecting import PATIENT, bare_stream, publish_at_once
from tests.emulator.conftest import Clients, Pair, connected


def test_an_outage_keeps_the_state_and_the_port(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """Calls fail with UNAVAILABLE meanwhile; afterwards the same address serves the same messages."""
    publish_at_once(own.publisher, own_pair.topic, [b"before"])
    host = cloud.host
    cloud.stop_serving()
    with pytest.raises(exceptions.ServiceUnavailable):
        own.subscriber.get_subscription(subscription=own_pair.subscription, retry=None)
    cloud.serve()
    assert cloud.host == host
    answer = own.subscriber.pull(subscription=own_pair.subscription, max_messages=10, retry=PATIENT)
    assert [each.message.data for each in answer.received_messages] == [b"before"]


def test_what_a_stream_held_before_an_outage_is_free_after_it(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """No lease of a broken connection outlives it; the client hears UNAVAILABLE."""
    publish_at_once(own.publisher, own_pair.topic, [b"held"])
    with bare_stream(own.subscriber, own_pair.subscription) as responses:
        assert [each.message.data for each in next(responses).received_messages] == [b"held"]
        cloud.stop_serving()
        with pytest.raises(exceptions.ServiceUnavailable):
            next(responses)
    cloud.serve()
    answer = own.subscriber.pull(subscription=own_pair.subscription, max_messages=10, retry=PATIENT)
    assert [each.message.data for each in answer.received_messages] == [b"held"]


def test_two_emulators_do_not_know_each_other(cloud: Emulator, own_pair: Pair) -> None:
    """Each has its own port and its own state."""
    with Emulator() as other:
        assert other.host != cloud.host
        for clients in connected(other.host):
            with pytest.raises(exceptions.NotFound):
                clients.publisher.get_topic(topic=own_pair.topic)


def test_the_environment_is_what_clients_read(cloud: Emulator) -> None:
    """The mapping can go straight into a process's environment."""
    assert cloud.environment["PUBSUB_EMULATOR_HOST"] == cloud.host
    assert set(cloud.environment.values()) == {cloud.host}


def test_a_port_is_not_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of this process remember that the former emulator's port was dead, and would fail at once."""
    had = {port for port in range(2**16) if port % 1_000 >= 100}
    monkeypatch.setattr("emulator.running._ports", had)
    with Emulator() as other:
        assert int(other.host.partition(":")[2]) % 1_000 < 100
