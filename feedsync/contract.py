"""The contract: what this environment publishes, for a replica to compare with its own registrations.

In: a reader. Out: a JSON object with the environment's identity and clock, and the visible feeds in dependency order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db import DEFAULT_DB_ALIAS

import feedsync
from feedsync import clock, fingerprints, order, registry
from feedsync.conf import Reader, settings
from feedsync.registry import Feed
from feedsync.wire.page import WIRE_VERSION

# The subscribing side appends who answers whom this environment hears (P7).
hearing: list[Callable[[], Iterable[str]]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose data it is, from which life of its databases (P10), and how late it is there."""

    environment: str
    incarnation: str
    clock: int
    genesis: int


def visible(reader: Reader) -> list[Feed]:
    """The feeds that the reader may read, parents before children."""
    return in_order(feed.label for feed in registry.feeds() if reader.may_read(feed.label))


def in_order(labels: Iterable[str]) -> list[Feed]:
    return [registry.get(label) for label in order.parents_first(labels)]


def aliases() -> list[str]:
    """The databases of all feeds; where there is none yet, the default one."""
    return sorted({feed.alias for feed in registry.feeds()}) or [DEFAULT_DB_ALIAS]


def identity() -> Identity:
    """Of several databases: one incarnation made of all, the latest clock, the earliest genesis."""
    clocks = [clock.read(alias) for alias in aliases()]
    lives = [each.incarnation for each in clocks]
    joined = blake2b(" ".join(lives).encode(), digest_size=16).hexdigest()
    return Identity(
        environment=settings().environment,
        incarnation=lives[0] if len(lives) == 1 else joined,
        clock=max(each.last for each in clocks),
        genesis=min(each.genesis for each in clocks),
    )


def topic_path() -> str | None:
    """The full name of the topic that changes are published to."""
    options = settings()
    if options.topic is None or "/" in options.topic:
        return options.topic
    return f"projects/{options.google_cloud_project}/topics/{options.topic}" if options.google_cloud_project else None


def describe(feeds: Sequence[Feed]) -> dict[str, Any]:
    whose = identity()
    return {
        "contract": 1,
        "environment": whose.environment,
        "incarnation": whose.incarnation,
        "wire": WIRE_VERSION,
        "feedsync": feedsync.__version__,
        "clock": whose.clock,
        "genesis": whose.genesis,
        "topic": topic_path(),
        "forwards": settings().forward if settings().topic is not None else False,
        "hears": sorted(name for tell in hearing for name in tell()),
        "feeds": [{**fingerprints.describe(feed), "fingerprint": fingerprints.fingerprint(feed)} for feed in feeds],
    }
