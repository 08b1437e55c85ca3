"""The relay of a process: a batch for each database in turn, and back-off where something fails.

`turn` answers how long nothing will be to do: the thread and the command differ only in how they wait. An outage of
Pub/Sub or of a database loses nothing and stops nothing but the relay: marks wait. Here an error becomes an outcome,
and nowhere else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import Error as DatabaseTrouble
from django.db import connections, router

from feedsync import horizon, outbox
from feedsync.errors import FeedsyncError
from feedsync.models import Mark
from feedsync.relay.batch import Batch, Busy, Done, Idle, Result
from feedsync.relay.finishing import Counts
from feedsync.relay.worker import Worker
from feedsync.transport.port import Publisher

logger = logging.getLogger("feedsync.relay")

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 15.0
TIDY_SECONDS = 3_600.0
BUSY_SECONDS = 0.1  # until another relay may have given its lanes back
Seconds = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """A batch of one database is done."""

    using: str
    counts: Counts
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A batch failed; its marks are still there, and the next attempt comes after a pause."""

    using: str
    error: Exception
    failures: int
    pause_seconds: float


def databases() -> list[str]:
    """Aliases with an outbox; one that can't be asked right now counts, and is tried again and again."""
    return [alias for alias in connections if router.allow_migrate_model(alias, Mark) and _has_outbox(alias)]


def _has_outbox(alias: str) -> bool:
    if connections[alias].vendor not in ("postgresql", "sqlite", "mysql"):
        return False
    try:
        return outbox.is_ready(alias)
    except DatabaseTrouble:
        return True


Event = Relayed | Failed
Observer = Callable[[Event], None]


def log(event: Event) -> None:
    """The observer that writes to the log."""
    match event:
        case Relayed(using=using, counts=counts, seconds=seconds):
            logger.debug(
                "relayed",
                extra={"database": using, "marks": counts.marks, "published": counts.published, "seconds": seconds},
            )
            if counts.dead:
                logger.error("changes can't be published", extra={"database": using, "dead": counts.dead})
        case Failed(using=using, error=error, failures=failures):
            logger.warning("relaying failed: %s", error, extra={"database": using, "failures": failures})


@dataclass(slots=True)
class _Database:
    """One database of this process: when it is due again, and how often it failed in a row."""

    batch: Batch
    due: float = 0.0
    failures: int = 0
    tidied: float = 0.0

    @property
    def using(self) -> str:
        return self.batch.worker.using


class Loop:
    """Databases in turn. `publisher` is called for each batch, so that what it needs may be missing at first."""

    def __init__(
        self,
        databases: Iterable[str],
        publisher: Callable[[], Publisher | None],
        *,
        observe: Observer = log,
        monotonic: Seconds = time.monotonic,
    ) -> None:
        self._publisher = publisher
        self._observe = observe
        self._monotonic = monotonic
        self._databases = [_Database(Batch(Worker(using=using), None)) for using in databases]

    @property
    def failing(self) -> frozenset[str]:
        """Databases whose last batch failed."""
        return frozenset(database.using for database in self._databases if database.failures)

    def hurry(self) -> None:
        """Don't wait for lanes that others hold: something new has been committed. Pauses after failures stay."""
        for database in self._databases:
            if not database.failures:
                database.due = 0.0

    def turn(self) -> float | None:
        """One batch for each database that is due; then for how many seconds nothing is; None: until a mark."""
        waits = [wait for database in self._databases if (wait := self._one(database)) is not None]
        return min(waits, default=None)

    def _one(self, database: _Database) -> float | None:
        started = self._monotonic()
        if database.due > started:
            return database.due - started
        try:
            database.batch.publisher = self._publisher()
            result = database.batch.run()
            if isinstance(result, Idle):
                self._tidy(database)
        except (FeedsyncError, DatabaseTrouble) as error:
            return self._failed(database, error)
        database.failures = 0
        return self._wait(database, result, self._monotonic() - started)

    def _wait(self, database: _Database, result: Result, seconds: float) -> float | None:
        match result:
            case Idle():
                return None
            case Busy():
                database.due = self._monotonic() + BUSY_SECONDS
                return BUSY_SECONDS
            case Done(counts=counts):
                self._observe(Relayed(using=database.using, counts=counts, seconds=seconds))
                return 0.0

    def _tidy(self, database: _Database) -> None:
        """When there is nothing else to do: old tombstones go."""
        now = self._monotonic()
        if now >= database.tidied + TIDY_SECONDS:
            database.tidied = now
            horizon.prune(database.using, database.batch.worker.now)

    def _failed(self, database: _Database, error: Exception) -> float:
        database.failures += 1
        pause: float = min(FIRST_PAUSE_SECONDS * 2 ** min(database.failures - 1, 10), LONGEST_PAUSE_SECONDS)
        database.due = self._monotonic() + pause
        connections[database.using].close_if_unusable_or_obsolete()
        self._observe(Failed(using=database.using, error=error, failures=database.failures, pause_seconds=pause))
        return pause
