"""Fetching inside a call that has to be answered soon: as many files as there is time for, the rest another time."""

from __future__ import annotations

import logging
import time

from django.db import Error as DatabaseTrouble

from consumers.files import waiting
from consumers.files.downloading import Stopped
from feedsync.errors import FeedsyncError

logger = logging.getLogger("feedsync.files")


def fetch(alias: str, *, seconds: float) -> None:
    """What waits for a file stays parked, whatever becomes of it here."""
    until = time.monotonic() + seconds

    def beat() -> None:
        if time.monotonic() >= until:
            raise Stopped

    try:
        waiting.fetch(alias, tools=waiting.Tools(beat=beat))
    except (DatabaseTrouble, FeedsyncError) as error:
        logger.warning("files not fetched", extra={"database": alias, "reason": f"{type(error).__name__}: {error}"})
