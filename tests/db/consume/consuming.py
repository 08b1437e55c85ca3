"""Consumers for a test: each on a thread of its own, and what they said, to be waited for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from consumers.streaming.consumer import Consumer, Limits
from consumers.streaming.report import Report
from emulator import Emulator
from feedsync.wire.page import Change, Page, encode_pages

TOPIC = "projects/test/topics/studio"
SUBSCRIPTION = "projects/test/subscriptions/shop-from-studio"
WAIT_SECONDS = 20


@dataclass
class Said:
    """The lines of a consumer."""

    lines: list[str] = field(default_factory=list)
    _new: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)

    def say(self, line: str) -> None:
        self.lines.append(line)
        self._new.put(line)

    def wait_for(self, part: str) -> str:
        """The next line that contains this; what was said before is not looked at again."""
        while part not in (line := self._new.get(timeout=WAIT_SECONDS)):
            pass
        return line


@contextmanager
def consuming(*, limits: Limits | None = None, names: Iterable[str] = ()) -> Iterator[Said]:
    """A consumer runs for the block; then it is stopped, and has to end."""
    said = Said()
    consumer = Consumer(list(names), limits=limits, report=Report(said.say))
    thread = threading.Thread(target=consumer.run, daemon=True)
    thread.start()
    try:
        yield said
    finally:
        consumer.stop()
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()


def consume(limits: Limits, *, names: Iterable[str] = ()) -> tuple[Consumer, Said]:
    """A consumer that ends by itself, here and now."""
    said = Said()
    consumer = Consumer(list(names), limits=limits, report=Report(said.say))
    consumer.run()
    return consumer, said


def send(cloud: Emulator, *changes: Change) -> int:
    """Publish as the studio's relay does; answers how many messages that took."""
    pages = list(encode_pages(changes, incarnation="i"))
    for page in pages:
        publish(cloud, page)
    return len(pages)


def publish(cloud: Emulator, page: Page) -> None:
    cloud.publish(TOPIC, page.data, **page.attributes)
