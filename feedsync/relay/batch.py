"""One batch: reserve, read, plan, announce, publish, finish, in that order and never another.

In: a worker and a publisher (None: this environment publishes nothing, R14). Out: what happened, as a value. `at` is
told of each step that is behind it, so that a test can let the process die, stall or be overtaken between any two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from feedsync import clock
from feedsync.conf import settings
from feedsync.ledger import Address
from feedsync.relay import announcing, finishing, forwarding, marks, plan, reading, reservation
from feedsync.relay.finishing import Counts
from feedsync.relay.plan import Plan
from feedsync.relay.reading import View
from feedsync.relay.reservation import Reservation
from feedsync.relay.worker import Worker
from feedsync.transport.port import Publisher
from feedsync.wire import page
from feedsync.wire.page import Change, Unpublishable

RESERVATIONS = 5


class Step(StrEnum):
    RESERVED = "reserved"
    READ = "read"
    ANNOUNCED = "announced"
    PUBLISHED = "published"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Idle:
    """There was no mark."""


@dataclass(frozen=True, slots=True)
class Busy:
    """There are marks, all in lanes that others hold."""


@dataclass(frozen=True, slots=True)
class Done:
    """Marks were drained; there may be more."""

    counts: Counts


Result: TypeAlias = "Idle | Busy | Done"
Hook = Callable[[Step], None]


def pass_by(step: Step) -> None:
    """The hook where nobody is interested."""


class Batch:
    """Run it again and again: a batch holds no state between runs."""

    def __init__(self, worker: Worker, publisher: Publisher | None, *, at: Hook = pass_by) -> None:
        self.worker = worker
        self.publisher = publisher
        self.at = at

    def run(self) -> Result:
        """Relay one batch; raises TransientError, or what the database raises, with the marks still there."""
        return _both(self._forward(), self._relay())

    def _forward(self) -> Result:
        """What others changed goes with the version that it has (P7)."""
        if not forwarding.waiting(self.worker.using):
            return Idle()
        clock.own(self.worker.using)
        if not forwarding.seize(self.worker):
            return Busy()
        due = forwarding.read(self.worker)
        found = forwarding.gather(self.worker.using, due)
        self.at(Step.READ)
        sent = forwarding.publish(self.worker, self.publisher, found) if self.publisher else 0
        self.at(Step.PUBLISHED)
        counts = forwarding.finish(self.worker, due, found, sent=sent)
        self.at(Step.FINISHED)
        return Done(counts)

    def _relay(self) -> Result:
        """What was changed here gets a version."""
        if not marks.waiting(self.worker.using):
            return Idle()
        incarnation = clock.own(self.worker.using).incarnation
        reserved = reservation.reserve(self.worker)
        if reserved is None:
            return Busy() if marks.waiting(self.worker.using) else Idle()
        self.at(Step.RESERVED)
        view, version = self._read(reserved)
        planned = plan.make(reserved, view, version=version, origin=settings().environment)
        self.at(Step.READ)
        if self.publisher is not None:
            if not announcing.announce(self.worker, planned, view):
                return Done(finishing.leave(self.worker, reserved))
            self.at(Step.ANNOUNCED)
        refused = self._publish(planned, incarnation)
        self.at(Step.PUBLISHED)
        counts = finishing.finish(self.worker, reserved, planned, known=view.entries, refused=refused)
        self.at(Step.FINISHED)
        return Done(counts)

    def _read(self, reserved: Reservation) -> tuple[View, int]:
        """The view, and a version above everything in it: mostly the one reserved (R8)."""
        version = reserved.version
        for _ in range(RESERVATIONS):
            view = reading.read(self.worker.using, reserved)
            highest = max((entry.version for entry in view.entries.values()), default=0)
            if highest < version - 1:
                break
            version = reservation.reserve_above(self.worker, reserved.lanes, highest)
        return view, version

    def _publish(self, planned: Plan, incarnation: str) -> dict[Address, str]:
        """Publish and wait until it is confirmed; {address: reason} of what can't be encoded."""
        refused: dict[Address, str] = {}

        def refuse(change: Change, error: Unpublishable) -> None:
            refused[(change.feed, change.key_hash)] = str(error)

        if self.publisher is None or not planned.changes:
            return refused
        pages = list(page.encode_pages(planned.in_order(), incarnation=incarnation, refuse=refuse))
        self.publisher.publish(pages)
        return refused


def _both(one: Result, other: Result) -> Result:
    """There may be more if there was anything in one of them."""
    match one, other:
        case Done(counts=first), Done(counts=second):
            return Done(first + second)
        case Idle(), _:
            return other
        case _, Done():
            return other
    return one
