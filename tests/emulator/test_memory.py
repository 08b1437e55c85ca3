"""The memory of a process of the emulator."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from emulator.wire.pubsub import MESSAGES
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER

TOPIC, SUBSCRIPTION = "projects/p/topics/many", "projects/p/subscriptions/many"


def ask(channel: grpc.Channel, interface: Any, name: str, /, **fields: Any) -> Any:
    """One call."""
    method = interface.methods[name]
    call = channel.unary_unary(
        f"/{interface.name}/{name}", method.request.SerializeToString, method.response.FromString
    )
    return call(method.request(**fields), timeout=30)


def mebibytes(pid: int) -> float:
    """Resident now."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


@contextmanager
def served() -> Iterator[tuple[int, grpc.Channel]]:
    """An emulator's process id, and a channel to it."""
    command = [sys.executable, "-m", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            host = process.stdout.readline().split("ready on ")[1].split()[0]
            with grpc.insecure_channel(host) as channel:
                yield process.pid, channel
        finally:
            process.kill()


def fill(channel: grpc.Channel) -> None:
    """Publish a hundred thousand messages."""
    for _ in range(100):
        messages = [MESSAGES["PubsubMessage"](data=b"x" * 500)] * 1000
        ask(channel, PUBLISHER, "Publish", topic=TOPIC, messages=messages)


def drain(channel: grpc.Channel) -> None:
    """Acknowledge everything."""
    pull = {"subscription": SUBSCRIPTION, "max_messages": 1000, "return_immediately": True}
    while found := ask(channel, SUBSCRIBER, "Pull", **pull).received_messages:
        ack_ids = [each.ack_id for each in found]
        ask(channel, SUBSCRIBER, "Acknowledge", subscription=SUBSCRIPTION, ack_ids=ack_ids)


@pytest.mark.linux_only
def test_what_a_backlog_took_is_given_back() -> None:
    """When everything is acknowledged the process is about as small as before."""
    with served() as (pid, channel):
        ask(channel, PUBLISHER, "CreateTopic", name=TOPIC)
        ask(channel, SUBSCRIBER, "CreateSubscription", name=SUBSCRIPTION, topic=TOPIC)
        empty = mebibytes(pid)
        fill(channel)
        full = mebibytes(pid)
        assert full > empty + 40
        drain(channel)
        until = time.monotonic() + 20
        while mebibytes(pid) > empty + (full - empty) * 0.3:
            assert time.monotonic() < until
            time.sleep(0.05)
