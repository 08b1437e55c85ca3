"""dumpdata and loaddata with natural keys: what everybody tries first."""

from __future__ import annotations

import io
import time

from django.core.management import call_command

MODELS = ("content.country", "content.language", "content.tag", "content.copy")


def dump(path: str) -> float:
    """Seconds."""
    started = time.perf_counter()
    call_command("dumpdata", *MODELS, natural_foreign=True, natural_primary=True, output=path, stdout=io.StringIO())
    return time.perf_counter() - started


def load(path: str) -> float:
    """Seconds."""
    started = time.perf_counter()
    call_command("loaddata", path, verbosity=0)
    return time.perf_counter() - started
