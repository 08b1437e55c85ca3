"""A replica with a database of its own, whose consumers are real processes, and a topic that a studio publishes to.

The server is whatever PUBSUB_EMULATOR_HOST names, else our emulator in this process; topic and subscription are fresh.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedsync.wire.page import Change, encode_pages
from tests.demo.plain import Plain

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 150  # the lease of a consumer that was killed lasts a minute, except at our emulator
SOURCE = """
    INSERT INTO feedsync_consumers_datasource (env_name, env_url, enabled, subscription, incarnation, created_at)
    VALUES ('studio', 'https://studio.example.org', true, '{}', '', CURRENT_TIMESTAMP)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Topic and subscription."""

    host: str
    topic: str
    subscription: str
    publisher: Any

    def send(self, changes: Iterable[Change]) -> None:
        """Publish as the studio's relay does."""
        messages = [
            {"data": page.data, "attributes": dict(page.attributes)} for page in encode_pages(changes, incarnation="i")
        ]
        self.publisher.publish(topic=self.topic, messages=messages)


def feed(host: str) -> Feed:
    """A fresh topic with its subscription."""
    import grpc
    from google.pubsub_v1 import PublisherClient, SubscriberClient
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
    from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

    name = uuid.uuid4().hex
    topic, subscription = f"projects/demo/topics/t-{name}", f"projects/demo/subscriptions/s-{name}"
    channel = grpc.insecure_channel(host)
    publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
    publisher.create_topic(name=topic)
    subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    subscriber.create_subscription(name=subscription, topic=topic)
    return Feed(host=host, topic=topic, subscription=subscription, publisher=publisher)


class Replica:
    """The environment "shop" of the demo project; its processes end with the context."""

    def __init__(self, database: str, feed: Feed, directory: Path) -> None:
        self.plain: Plain
        self._database = database
        self._feed = feed
        self._log = directory / "shop.log"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Replica:
        assert self.manage("migrate", "--verbosity", "0").wait() == 0, self.said
        self.plain = Plain(self._database)
        self.plain.execute(SOURCE.format(self._feed.subscription))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self.plain.close()

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def manage(self, *arguments: str) -> subprocess.Popen[bytes]:
        variables = {
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "tests.demo.settings",
            "DEMO_ENVIRONMENT": "shop",
            "DEMO_PEER": "studio",
            "DEMO_DATABASE": self._database,
            "PUBSUB_EMULATOR_HOST": self._feed.host,
        }
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.demo.manage", *arguments],
                cwd=ROOT,
                env={**os.environ, **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)
        return process

    def consume(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self.manage("feedsync_consume", *arguments)

    def count(self, table: str) -> int:
        return int(self.plain.value(f"SELECT count(*) FROM {table}"))

    def wait(self, ready: Callable[[], bool]) -> None:
        """Until it is so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)


def end(process: subprocess.Popen[bytes], number: signal.Signals, *, seconds: float) -> int:
    """Send a signal; the exit status, which has to come in time."""
    process.send_signal(number)
    return process.wait(seconds)
