"""The demo's environments, whose processes may be told to die: KILL_BEFORE=7 kills one before its seventh statement.

What an idle relay asks over and over doesn't count, so that the number names a step of its work.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from django.db.backends.signals import connection_created

from tests.demo.settings import *  # noqa: F403  # settings are inherited so in Django

BEFORE = int(os.environ.get("KILL_BEFORE", "0"))
WORK = ("atlas_", "feedsync_ledgerentry", "feedsync_clock", "INSERT", "UPDATE", "DELETE", "SAVEPOINT")


class Killer:
    """One for all connections of the process."""

    def __init__(self, before: int) -> None:
        self.left = before

    def __call__(self, execute: Any, sql: Any, *arguments: Any) -> Any:
        if any(word in str(sql) for word in WORK):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, *arguments)


_killer = Killer(BEFORE)


def _join(*, connection: Any, **_: Any) -> None:
    if BEFORE:
        connection.execute_wrappers.append(_killer)


connection_created.connect(_join, weak=False)
