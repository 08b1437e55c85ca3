"""A full pull, as the command does it, and what it took."""

from __future__ import annotations

import io
import time
from typing import Any

from django.core.management import call_command

from benchmarks.processes import peak_of
from consumers.models import DataPull, DataSource


def know(url: str) -> None:
    """Add the source, without the pull that adding one starts."""
    DataSource.objects.bulk_create([DataSource(env_name="source", env_url=url)])


def pull() -> dict[str, Any]:
    """Seconds, peak memory of this process in MiB, and the progress that the pull noted."""
    started = time.perf_counter()
    call_command("feedsync_pull", "source", stdout=io.StringIO())
    seconds = time.perf_counter() - started
    progress = DataPull.objects.latest("id").progress
    return {"seconds": seconds, "peak_mebibytes": peak_of("self"), "progress": progress}


def profiled(path: str) -> dict[str, Any]:
    """The same under cProfile, for whoever wants to know where the time goes."""
    import cProfile

    profile = cProfile.Profile()
    result: dict[str, Any] = profile.runcall(pull)
    profile.dump_stats(path)
    return result
