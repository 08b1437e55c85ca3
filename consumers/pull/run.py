"""Runs one pull from claim to last word: a DataPull's id in, its final status out.

Here, and only here, an error becomes an outcome: a cut stream is resumed some times, everything else ends the pull as
failed with a message, and the cursor of the last committed chunk stays for a resumption.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils import timezone

from consumers.http.session import Source, open_source
from consumers.models import DataPull
from consumers.pull import lease as leases
from consumers.pull.follow import Cancelled, Pull, TimeOver
from consumers.pull.lease import Lease, Now
from consumers.pull.progress import Progress
from consumers.pull.subscriptions import PubSubSubscriptions, Subscriptions
from consumers.report import keeping
from feedsync.errors import FeedsyncError, LeaseLost, SourceUnavailable, TransientError
from feedsync.export.errors import StaleCursor

ATTEMPTS = 5
MAX_WAIT_SECONDS = 15.0

logger = logging.getLogger("feedsync.pull")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a pull needs of the world."""

    open_source: Callable[[str, str], Source] = open_source
    subscriptions: Subscriptions = field(default_factory=PubSubSubscriptions)
    now: Now = timezone.now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    watch: Callable[[Progress], None] = lambda _: None  # told of each step
    stopping: Callable[[], bool] = lambda: False  # whether somebody at the terminal wants it to stop after its chunk
    seconds: float | None = None  # after so long the pull waits for its next step, at the next border of a chunk
    patient: bool = False  # somebody tries again by himself: what may work later leaves the pull waiting


def run(pull_id: int, *, tools: Tools | None = None) -> DataPull.Status | None:
    """None where somebody else has the pull."""
    tools = tools or Tools()
    lease = leases.claim(pull_id, leases.worker_name(), tools.now)
    if lease is None:
        return None
    try:
        return _perform(lease, tools)
    except LeaseLost:
        logger.warning("pull taken over by another worker", extra={"pull": pull_id})
        return None


def _perform(lease: Lease, tools: Tools) -> DataPull.Status:
    pull: Pull | None = None
    try:
        pull = Pull.open(lease, tools.open_source, tools.monotonic)
        pull.watch, pull.stopping = tools.watch, tools.stopping
        pull.until = None if tools.seconds is None else tools.monotonic() + tools.seconds
        objections = _work(pull, tools)
    except LeaseLost:
        raise
    except (Cancelled, KeyboardInterrupt):
        return _end(lease, pull, DataPull.Status.CANCELLED, "Cancelled. Resuming goes on where it stopped.")
    except TimeOver:
        lease.give_back("Goes on in a moment.", steps=1)
        return DataPull.Status.WAITING
    except FeedsyncError as error:
        if tools.patient and isinstance(error, TransientError):
            lease.give_back(str(error), steps=0)
            return DataPull.Status.WAITING
        logger.warning("pull failed", extra={"pull": lease.pull_id, "reason": str(error)})
        return _end(lease, pull, DataPull.Status.FAILED, str(error))
    except Exception as error:
        # The border of the thread: whatever it was, the person who waits has to see that the pull has ended.
        logger.exception("pull failed", extra={"pull": lease.pull_id})
        return _end(lease, pull, DataPull.Status.FAILED, f"Unexpected {type(error).__name__}: {error}")
    keeping.prune(tools.now())
    status = DataPull.Status.CONFIRM if objections else DataPull.Status.DONE
    lease.finish(status, " ".join(objections) or pull.last_word(), pull.progress)
    return status


def _work(pull: Pull, tools: Tools) -> list[str]:
    """Answers what a person has to confirm before it can go on."""
    with pull.source:
        pull.shake_hands(tools.subscriptions)
        if not pull.progress.plan:
            _stream(pull, tools)
        return pull.mirror() if pull.mirrors else []


def _end(lease: Lease, pull: Pull | None, status: DataPull.Status, message: str) -> DataPull.Status:
    """Before its end, at the position that was committed."""
    if pull is not None:
        pull.rewind()
    lease.finish(status, message, pull.progress if pull else None)
    return status


def _stream(pull: Pull, tools: Tools) -> None:
    """Follow the stream to its end; where it is cut, go on at the cursor, or from the first row where the source
    takes that no more. Progress earns new attempts."""
    failures = 0
    while True:
        before = pull.progress.cursor
        try:
            return pull.follow()
        except StaleCursor:
            # The source was upgraded, say, while the pull was away. What is the same already costs little.
            if not before:
                raise
            pull.rewind()
            pull.restart()
            continue
        except SourceUnavailable:
            failures = failures + 1 if pull.progress.cursor == before else 1
            if failures >= ATTEMPTS:
                raise
        pull.rewind()
        tools.sleep(min(MAX_WAIT_SECONDS, 2.0**failures))
        pull.lease.beat()
