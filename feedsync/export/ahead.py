"""Files of the next chunk, measured before its rows are read, with an empty line now and again.

Hashing a chunk's files for the first time may take minutes; who reads the stream would take the silence for a dead
source. Empty lines mean nothing to it. What was measured is known when the rows are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet

from feedsync.files import measuring
from feedsync.registry import Feed
from feedsync.shape import shape_of

SILENT_SECONDS = 5.0


def measure(feed: Feed, rows: QuerySet[Any], *, monotonic: Callable[[], float] = time.monotonic) -> Iterator[bytes]:
    """`rows`: the query of the chunk."""
    said = monotonic()
    for column in shape_of(feed).files:
        names = {name for name in rows.values_list(column.name, flat=True) if name}
        for _ in measuring.measure(column, feed.alias, names) if names else ():
            if monotonic() >= said + SILENT_SECONDS:
                said = monotonic()
                yield b"\n"
