"""Pulls in threads: one thread a pull, a daemon, so that it never holds up the end of the process.

What dies with the process is resumed by the next one: `orphans` finds it.
"""

from __future__ import annotations

import threading

from django.db import connections

PREFIX = "feedsync-pull-"


def start(pull_id: int) -> threading.Thread:
    """The thread that runs the pull; the one that does so already, if there is one."""
    name = f"{PREFIX}{pull_id}"
    running = next((thread for thread in threading.enumerate() if thread.name == name), None)
    if running is not None:
        return running
    thread = threading.Thread(target=_run, args=(pull_id,), name=name, daemon=True)
    thread.start()
    return thread


def _run(pull_id: int) -> None:
    from consumers.pull import run

    try:
        run.run(pull_id)
    finally:
        connections.close_all()
