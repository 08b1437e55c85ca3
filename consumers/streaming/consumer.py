"""The consumer: what streams bring is judged, applied in batches, and acknowledged after the commit.

One thread, the caller's, talks to the databases; each subscription has one that receives and one that acknowledges. A
batch takes what has arrived, up to some 2,000 changes, and waits for nothing. Several consumers may run side by side,
in one process or in many: the gate of apply is all that they share.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import connections

from consumers.receiving.delivery import Delivery
from consumers.receiving.handling import Ack, Retry, handle
from consumers.receiving.judging import Apply, Verdict, alias_of, judge
from consumers.streaming.chores import Chores
from consumers.streaming.files import FileFetcher
from consumers.streaming.inbox import Inbox
from consumers.streaming.report import Report
from consumers.streaming.resting import Resting
from consumers.streaming.subscriptions import Subscriptions
from feedsync import registry

BATCH_CHANGES = 2_000
BATCH_CHANGES_SQLITE = 500  # it has one writer: the web process wants its turn (R30)
BATCH_MESSAGES = 1_000
TICK_SECONDS = 0.5
Seconds = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When to end by itself: after so many seconds without a message, after so many messages; None: never."""

    idle_seconds: float | None = None
    messages: int | None = None


class Consumer:
    """`run` returns after `stop` or at a limit, with what was begun finished and acknowledged."""

    def __init__(
        self,
        names: Collection[str] = (),
        *,
        limits: Limits | None = None,
        report: Report | None = None,
        monotonic: Seconds = time.monotonic,
        wall: Seconds = time.time,
    ) -> None:
        self.report = report or Report()
        self._limits = limits or Limits()
        self._monotonic = monotonic
        self._wall = wall
        self._inbox = Inbox()
        self._resting = Resting()
        self._again: deque[Delivery] = deque()
        self._subscriptions = Subscriptions(self._inbox)
        self._chores = Chores(names, self._subscriptions, self.report)
        self._files = FileFetcher(self.report)
        self.stopping = False
        self._busy_at = monotonic()
        sqlite = any(connections[feed.alias].vendor == "sqlite" for feed in registry.feeds())
        self._batch_changes = BATCH_CHANGES_SQLITE if sqlite else BATCH_CHANGES

    def stop(self) -> None:
        """From any thread, or a signal handler: finish the batch, then end."""
        self.stopping = True
        self._inbox.wake()

    def run(self) -> list[str]:
        """Answers the problems that were there at the end."""
        try:
            self._busy_at = self._monotonic()
            self._files.start()
            while not self._over():
                self._turn()
        finally:
            self._files.stop()
            problems = self.report.problems
            self._subscriptions.close()
            self.report.line(self._monotonic(), last=True)
            self._chores.note_lags()
            connections.close_all()
        return problems

    def _turn(self) -> None:
        now = self._monotonic()
        self._chores.due(now)
        for result in handle(self._gather(now)):
            self._settle(result)
        self.report.line(self._monotonic())

    def _gather(self, now: float) -> list[Verdict]:
        """What is due again and what has arrived; waits only if there is nothing."""
        self._again += self._resting.due(now)
        verdicts: list[Verdict] = []
        changes = 0
        wait = self._resting.seconds(now, TICK_SECONDS)
        while changes < self._batch_changes and len(verdicts) < self._room:
            delivery = self._again.popleft() if self._again else self._inbox.take(0 if verdicts else wait)
            if delivery is None:
                break
            if not self._is_for_now(delivery, now):
                continue
            verdict = judge(delivery)
            verdicts.append(verdict)
            changes += len(verdict.changes) if isinstance(verdict, Apply) else 0
        return verdicts

    @property
    def _room(self) -> int:
        limit = self._limits.messages
        return BATCH_MESSAGES if limit is None else min(BATCH_MESSAGES, limit - self.report.messages)

    def _is_for_now(self, delivery: Delivery, now: float) -> bool:
        """Not if its database rests, nor if its source was left in the meantime."""
        if not self._subscriptions.knows(delivery.source):
            self._inbox.settled(1)
            return False
        self._busy_at = now
        alias = alias_of(delivery)
        if self._resting.rests(alias, now):
            self._resting.wait(alias, delivery)
            return False
        return True

    def _settle(self, result: Ack | Retry) -> None:
        match result:
            case Ack(deliveries=deliveries, alias=alias):
                self._subscriptions.acknowledge(deliveries)
                self._inbox.settled(len(deliveries))
                self.report.add(result, self._wall())
                if result.outcome.parked:
                    self._files.wake()
                if self._resting.works(alias):
                    self.report.trouble(f"Database {alias}", "")
            case Retry(deliveries=deliveries, alias=alias, error=error):
                self._resting.failed(alias, deliveries, self._monotonic())
                self.report.trouble(f"Database {alias}", f"{type(error).__name__}: {error}")
        self._busy_at = self._monotonic()

    def _over(self) -> bool:
        if self.stopping or self._room <= 0:
            return True
        idle_seconds = self._limits.idle_seconds
        if idle_seconds is None or self._resting.waiting or self._again:
            return False
        if self._files.busy:
            self._busy_at = self._monotonic()
            return False
        streams = self._subscriptions.streams
        if any(not stream.good_since and not stream.problem for stream in streams):
            return False
        since = max([self._busy_at, *(stream.good_since for stream in streams)])
        return self._monotonic() >= since + idle_seconds
