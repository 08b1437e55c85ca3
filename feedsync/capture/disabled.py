"""Switching the capture off for a while, on record (R7).

In: a `with` block, of one task (thread, coroutine), for one database or all. Out: no marks; `FeedState` says for every
feed that was written that a pull is needed. The record is made in the transaction of the write that it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.apps import apps

from feedsync.moments import UtcNow
from feedsync.upserts import unique_fields

CAUSE = "capture_disabled"
EVERYWHERE = "*"

_off: ContextVar[frozenset[str]] = ContextVar("feedsync_capture_off", default=frozenset())


@contextmanager
def capture_disabled(using: str | None = None) -> Iterator[None]:
    """Writes inside make no marks; status then says that a pull is needed. `using`: only in this database."""
    token = _off.set(_off.get() | {using or EVERYWHERE})
    try:
        yield
    finally:
        _off.reset(token)


def is_disabled(using: str) -> bool:
    off = _off.get()
    return bool(off) and (using in off or EVERYWHERE in off)


def record(using: str, feed_labels: Iterable[str], *, cause: str = CAUSE) -> None:
    """Note that these feeds were written past the capture.

    Every statement moves `unchecked_since`: whoever clears it after an export does so only if it still is what it was
    before that export, so a write in between is never forgotten.
    """
    state = apps.get_model("feedsync", "FeedState")
    rows = [state(feed=label, unchecked_since=UtcNow(), cause=cause) for label in sorted(set(feed_labels))]
    state._base_manager.using(using).bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=unique_fields(using, "feed"),
        update_fields=["unchecked_since", "cause"],
    )
