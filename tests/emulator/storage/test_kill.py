"""An emulator with a data directory, killed under load again and again: what it confirmed holds."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from emulator.wire.pubsub import MESSAGES
from emulator.wire.pubsub_methods import PUBLISHER, SUBSCRIBER

TOPIC = "projects/p/topics/books"
SUBSCRIPTIONS = ("projects/p/subscriptions/one", "projects/p/subscriptions/two")
ROUNDS = 3
PUBLISHERS = 4


@dataclass
class Knowledge:
    """What the clients know, with the lock of the interpreter as the only one."""

    sent: set[bytes] = field(default_factory=set)
    confirmed: dict[bytes, int] = field(default_factory=dict)  # {data: id}
    acknowledging: set[tuple[str, bytes]] = field(default_factory=set)  # (subscription, data): perhaps
    acknowledged: set[tuple[str, bytes]] = field(default_factory=set)  # the same: for certain


class Client:
    """Calls of one server, until it dies."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def __call__(self, interface: Any, name: str, /, **fields: Any) -> Any:
        method = interface.methods[name]
        call = self._channel.unary_unary(
            f"/{interface.name}/{name}", method.request.SerializeToString, method.response.FromString
        )
        return call(method.request(**fields), timeout=20)


@contextmanager
def killed(directory: Path) -> Iterator[tuple[Client, Callable[[], None]]]:
    """A server process, and what kills it. It is dead afterwards in any case."""
    command = [sys.executable, "-m", "emulator", "--port", "0", "--data-dir", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            host = process.stdout.readline().split("ready on ")[1].split()[0]
            with grpc.insecure_channel(host) as channel:
                yield Client(channel), process.kill
        finally:
            process.kill()


def publish(client: Client, known: Knowledge, place: str, chance: random.Random) -> None:
    """Publish batches until the server is gone."""
    for number in range(1_000_000):
        batch = [f"{place} {number} {each}".encode() for each in range(chance.randint(1, 20))]
        known.sent.update(batch)
        sent = [MESSAGES["PubsubMessage"](data=data, ordering_key=place) for data in batch]
        ids = client(PUBLISHER, "Publish", topic=TOPIC, messages=sent).message_ids
        known.confirmed.update(zip(batch, map(int, ids), strict=True))


def consume(client: Client, known: Knowledge, subscription: str) -> None:
    """Pull and acknowledge half of it until the server is gone."""
    while True:
        found = client(SUBSCRIBER, "Pull", subscription=subscription, max_messages=50).received_messages
        mine = [each for each in found if int(each.message.message_id) % 2]
        if mine:
            done = {(subscription, each.message.data) for each in mine}
            known.acknowledging |= done
            ack_ids = [each.ack_id for each in mine]
            client(SUBSCRIBER, "Acknowledge", subscription=subscription, ack_ids=ack_ids)
            known.acknowledged |= done


def until_gone(work: Callable[..., None], *arguments: Any) -> None:
    """The server's death ends the work."""
    with contextlib.suppress(grpc.RpcError):
        work(*arguments)


def owed(client: Client, subscription: str) -> list[Any]:
    """All messages that the subscription owes, each leased once."""
    messages: list[Any] = []
    while True:
        found = client(
            SUBSCRIBER, "Pull", subscription=subscription, max_messages=1000, return_immediately=True
        ).received_messages
        if not found:
            return messages
        messages += [each.message for each in found]


def check(client: Client, known: Knowledge, confirmed: dict[bytes, int]) -> None:
    """Compare what is owed with what the clients know."""
    for subscription in SUBSCRIPTIONS:
        found = owed(client, subscription)
        data = [message.data for message in found]
        there = set(data)
        assert len(data) == len(there)
        perhaps_gone = {each for name, each in known.acknowledging if name == subscription}
        assert set(confirmed) - perhaps_gone <= there
        assert not there & {each for name, each in known.acknowledged if name == subscription}
        assert there <= known.sent
        ids = {message.data: int(message.message_id) for message in found}
        assert [ids[each] for each in data] == sorted(ids.values())
        assert all(ids[each] == confirmed[each] for each in there & set(confirmed))


@pytest.mark.parametrize("seed", range(3))
def test_what_was_confirmed_survives_a_kill(tmp_path: Path, seed: int) -> None:
    """Published and confirmed: owed, in order, under the same id. Acknowledged and confirmed: gone. Ids only grow."""
    chance = random.Random(seed)
    known = Knowledge()
    with killed(tmp_path) as (client, kill):
        client(PUBLISHER, "CreateTopic", name=TOPIC)
        for name in SUBSCRIPTIONS:
            client(SUBSCRIBER, "CreateSubscription", name=name, topic=TOPIC, ack_deadline_seconds=600)
        kill()
    for number in range(ROUNDS):
        before = dict(known.confirmed)
        with killed(tmp_path) as (client, kill), ThreadPoolExecutor(PUBLISHERS + 2) as pool:
            for place in range(PUBLISHERS):
                arguments = (client, known, f"{number}-{place}", random.Random(chance.random()))
                pool.submit(until_gone, publish, *arguments)
            for name in SUBSCRIPTIONS:
                pool.submit(until_gone, consume, client, known, name)
            time.sleep(chance.uniform(0.2, 0.6))  # not for luck: any moment will do
            kill()
        new = [each for data, each in known.confirmed.items() if data not in before]
        assert new
        assert min(new) > max(before.values(), default=0)
        with killed(tmp_path) as (client, _):
            check(client, known, known.confirmed)


def test_a_directory_in_use_and_a_damaged_one_end_with_a_sentence(tmp_path: Path) -> None:
    """The process says what is wrong and which directory it is, and ends with 1."""
    with killed(tmp_path):
        assert "in use by another emulator" in refused(tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(b"damaged" * 1000)
    assert "damaged" in refused(tmp_path)


def refused(directory: Path) -> str:
    """What an emulator says that does not start."""
    command = [sys.executable, "-m", "emulator", "--port", "0", "--data-dir", str(directory)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert str(directory) in ended.stderr
    return ended.stderr
