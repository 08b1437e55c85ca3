"""Everything in life: the emulator calls this process over HTTP, with tokens of its own issuer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_started

WAIT_SECONDS = 60


def wait(ready: Callable[[], object], told: Callable[[], object] = lambda: "") -> None:
    """Until it is so."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not ready():
        assert time.monotonic() < deadline, told()
        time.sleep(0.02)


@contextmanager
def counting(path: str) -> Iterator[list[str]]:
    """Requests for a path while the block lasts."""
    calls: list[str] = []

    def note(environ: dict[str, Any], **_: Any) -> None:
        if environ["PATH_INFO"] == path:
            calls.append(path)

    request_started.connect(note)
    try:
        yield calls
    finally:
        request_started.disconnect(note)
