"""The outbox: marks, written in the transaction of the change that they stand for (R1, R2).

In: a database alias, a feed's label and (primary key text, natural key text or None) of objects that may have changed;
a key says that the row was being deleted. Out: rows of `Mark`, and after the commit the signal `marks_committed`.
`suppressed` keeps the deletions that feedsync itself runs through Django out of it (R20).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, transaction

from feedsync import rowsets
from feedsync.errors import ConfigurationError
from feedsync.models import LANES, Mark
from feedsync.rowsets import Columns
from feedsync.signals import marks_committed

Item = tuple[str, str | None]  # (primary key text, canonical key text where the row is being deleted)
Objects = Mapping[str, Collection[str]]  # {feed label: primary key texts}

TABLE = Mark._meta.db_table
ANEW = Columns(("feed", "object_pk", "lane", "attempts"), ("text", "text", "smallint", "smallint"))
COLUMNS = Columns(("feed", "object_pk", "lane", "key"), ("text", "text", "smallint", "text"))
RECENT_HOOKS = 32

_ready: set[str] = set()  # aliases whose database has the outbox
_wakers: dict[str, Callable[[], None]] = {}
_suppressed: ContextVar[tuple[tuple[str, Objects], ...]] = ContextVar("feedsync_suppressed", default=())


def mark(using: str, feed_label: str, items: Iterable[Item]) -> None:
    """Mark objects of one feed, in one statement."""
    mark_all(using, {feed_label: items})


def mark_all(using: str, items: Mapping[str, Iterable[Item]]) -> None:
    """Mark objects of several feeds, in one statement."""
    rows = [(label, pk, lane_of(pk), key) for label, pairs in items.items() for pk, key in pairs]
    if rows:
        rowsets.write(using, COLUMNS, rows, into=TABLE)
        wake_after_commit(using)


def mark_anew(using: str, feed_label: str, pks: Iterable[str]) -> None:
    """Mark objects that are published even if their state is what it was (R9)."""
    rows = [(feed_label, pk, lane_of(pk), 1) for pk in pks]
    if rows:
        rowsets.write(using, ANEW, rows, into=TABLE)
        wake_after_commit(using)


def lane_of(pk_text: str) -> int:
    """The lane of an object; the statements of capture compute the same in SQL."""
    return ord(pk_text[-1:] or "\0") % LANES


def is_ready(using: str) -> bool:
    """Whether the database has the outbox; before `migrate` made it there is nowhere to write marks to."""
    if using not in _ready and _has_table(using):
        _ready.add(using)
    return using in _ready


def look_again(*, using: str, **_: Any) -> None:
    """Receives `post_migrate`: the outbox may have come, or gone."""
    _ready.discard(using)


def _has_table(using: str) -> bool:
    connection = connections[using]
    if not connection.features.can_return_rows_from_bulk_insert:
        raise ConfigurationError(f"The database {using!r} must be PostgreSQL, MariaDB, or SQLite 3.35 or newer.")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [TABLE])
        elif connection.vendor == "mysql":
            tables = "information_schema.tables WHERE table_schema = DATABASE()"
            cursor.execute(f"SELECT count(*) FROM {tables} AND table_name = %s", [TABLE])
        else:
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = %s", [TABLE])
        return bool(cursor.fetchone()[0])


def wake_after_commit(using: str) -> None:
    """Send `marks_committed` when the marks written so far are visible, once a transaction."""
    connection = connections[using]
    wake = _waker(using)
    if connection.in_atomic_block:
        # A hook is dropped with its savepoints: one whose savepoints are all open outlives what was written just now.
        # Looking at the last few keeps a long transaction linear; a second hook only wakes twice.
        alive = set(connection.savepoint_ids)
        recent: Sequence[Any] = connection.run_on_commit[-RECENT_HOOKS:]
        if any(function is wake and sids <= alive for sids, function, _ in recent):
            return
    elif not connection.get_autocommit():
        return  # Django has no hook for a commit by hand: the relay finds these marks on its next round.
    transaction.on_commit(wake, using=using, robust=True)


def _waker(using: str) -> Callable[[], None]:
    def wake() -> None:
        marks_committed.send_robust(sender=Mark, using=using)

    return _wakers.setdefault(using, wake)


@contextmanager
def suppressed(using: str, objects: Objects) -> Iterator[None]:
    """Updates and deletions of these objects make no mark inside; whatever else is written does (R20).

    Insertions always do: a handler that brings a deleted object back has made a change of its own.
    """
    token = _suppressed.set((*_suppressed.get(), (using, objects)))
    try:
        yield
    finally:
        _suppressed.reset(token)


def suppresses(using: str, feed_labels: Iterable[str]) -> bool:
    """Whether objects of these feeds are suppressed right now."""
    return bool(_suppressed.get()) and any(suppressed_pks(using, label) for label in feed_labels)


def suppressed_pks(using: str, feed_label: str) -> frozenset[str]:
    """Primary key texts of a feed that are suppressed right now."""
    scopes = _suppressed.get()
    return frozenset(pk for alias, objects in scopes if alias == using for pk in objects.get(feed_label, ()))
