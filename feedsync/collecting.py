"""Garbage collection for a process that does nothing but move rows.

Each row is a handful of containers that die by reference counting within a second; Python's collector walks through
them, and through all of Django, again and again, for a third of the processor's time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (50_000, 20, 50)


@contextmanager
def seldom() -> Iterator[None]:
    """Collect less often inside, and never look at what was there before."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
