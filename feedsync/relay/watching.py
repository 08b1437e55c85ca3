"""Is there something to relay? Asked many times a second by the command, so it has to cost next to nothing.

PostgreSQL: one look at the end of the outbox's index. SQLite: `PRAGMA data_version`, which another connection's
commit changes, and only then a look.
"""

from __future__ import annotations

from django.db import connections

from feedsync.relay import forwarding, marks


class Watcher:
    """One database; `changed` is true the first time, and whenever there are marks that may be relayed."""

    def __init__(self, using: str) -> None:
        self.using = using
        self._version: int | None = None

    def changed(self) -> bool:
        connection = connections[self.using]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA data_version")
                [version] = cursor.fetchone()
            if version == self._version:
                return False
            self._version = version
        return marks.waiting(self.using) or forwarding.waiting(self.using)
