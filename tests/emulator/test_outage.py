"""Outages, several emulators in one process, and the emulator as a process of its own."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
    assert cloud.environment == {"PUBSUB_EMULATOR_HOST": cloud.host}


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The emulator as a process, ended afterwards whatever happens."""
    command = [sys.executable, "-m", "emulator", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def ready_line(running: subprocess.Popen[str]) -> Any:
    """What the process says when it is ready."""
    assert running.stdout is not None
    return re.fullmatch(
        r"emulator ready on (127\.0\.0\.1:\d+) \(export PUBSUB_EMULATOR_HOST=\1\)\n", running.stdout.readline()
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_serves_until_it_is_told_to_stop(names: Pair, number: signal.Signals) -> None:
    """One line when ready, messages through it, status 0 at the end, also with a stream open."""
    with process("--port", "0") as running:
        for clients in connected(ready_line(running)[1]):
            clients.publisher.create_topic(name=names.topic)
            clients.subscriber.create_subscription(name=names.subscription, topic=names.topic)
            publish_at_once(clients.publisher, names.topic, [b"a"])
            with bare_stream(clients.subscriber, names.subscription) as responses:
                assert len(next(responses).received_messages) == 1
                running.send_signal(number)
                assert running.wait(timeout=10) == 0


def test_a_taken_port_is_an_error() -> None:
    """A second server on the port says so and ends with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken, process("--port", str(taken.getsockname()[1])) as running:
        _, errors = running.communicate(timeout=10)
        assert running.returncode == 1
        assert "cannot listen on" in errors
