"""What an environment needs outside of its code: its stamp in the databases, its topics, subscriptions and queue.

In: the settings. Out: a `Finding` for each thing that is looked at, made or changed; with `check` nothing is touched.
Other apps append their steps to `steps` and to `adopters` in their `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from feedsync.conf import settings
from feedsync.provisioning import dead_letters, queue, stamps, topics
from feedsync.provisioning.findings import Finding

Step = Callable[[bool], Iterator[Finding]]
steps: list[Step] = []
adopters: list[Callable[[], None]] = []


def run(*, check: bool) -> Iterator[Finding]:
    yield from stamps.stamps(check)
    yield from topics.topics(check)
    publishes = settings().topic is not None  # else it needs dead letters as a replica only
    if publishes:
        yield dead_letters.topic(check)
    for step in steps:
        yield from step(check)
    if publishes:
        yield dead_letters.subscription(check)
    yield from queue.queue(check)


def adopt() -> None:
    """Make copies this environment's own: a new incarnation, and nothing that the original still had to do."""
    stamps.adopt()
    for each in adopters:
        each()
