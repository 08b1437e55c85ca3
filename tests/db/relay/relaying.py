"""A relay for a test: real commits, a transport in memory, and what was published, decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from feedsync.models import LedgerEntry, Mark
from feedsync.relay.batch import Batch, Busy, Hook, Idle, Step, pass_by
from feedsync.relay.finishing import Counts
from feedsync.relay.worker import Worker
from feedsync.transport.memory import MemoryTransport
from feedsync.wire.page import Change, decode_page


class Crash(BaseException):
    """The process dies."""


def crash_at(wanted: Step) -> Hook:
    """A hook that dies after a step."""

    def hook(step: Step) -> None:
        if step == wanted:
            raise Crash

    return hook


def once_at(wanted: Step, action: Callable[[], object]) -> Hook:
    """A hook that does something after a step, the first time only."""
    pending = [action]

    def hook(step: Step) -> None:
        if step == wanted and pending:
            pending.pop()()

    return hook


@dataclass
class Relay:
    """`drain` relays until nothing is left and answers what was published by it."""

    using: str = "default"
    transport: MemoryTransport = field(default_factory=MemoryTransport)
    seen: int = 0
    counts: list[Counts] = field(default_factory=list)

    def batch(self, at: Hook = pass_by, **worker: object) -> Batch:
        return Batch(Worker(using=self.using, **worker), self.transport, at=at)  # type: ignore[arg-type]

    def drain(self, at: Hook = pass_by) -> list[Change]:
        batch = self.batch(at)
        while not isinstance(result := batch.run(), Idle):
            assert not isinstance(result, Busy)
            self.counts.append(result.counts)
        return self.news()

    def die(self, step: Step) -> None:
        """Relay up to a step, then be gone, and let the leases of the dead lapse."""
        try:
            self.batch(crash_at(step)).run()
        except Crash:
            from feedsync.models import Lease

            Lease.objects.using(self.using).all().delete()
        else:
            raise AssertionError("there was nothing to die of")

    def news(self) -> list[Change]:
        """What was published since the last call."""
        pages, self.seen = self.transport.published[self.seen :], len(self.transport.published)
        return [change for page in pages for change in decode_page(page.data).changes]


def ledger(feed: str, key: str, using: str = "default") -> LedgerEntry:
    return LedgerEntry.objects.using(using).get(feed=feed, key=key)


def marks(using: str = "default") -> int:
    return Mark.objects.using(using).count()
