"""One environment of a world: a name, a database, and a clock that may be wrong.

Settings and database routers belong to the process; `entered` makes them this environment's for a while, so that code
which knows nothing of several environments reads and writes in the right one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import override_settings


@dataclass(slots=True)
class Time:
    """Milliseconds since 1970 in a world. It passes only when somebody says so."""

    milliseconds: int

    def pass_by(self, milliseconds: int) -> None:
        self.milliseconds += milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """`skew`: by how many milliseconds its clock is ahead of the world's time. `forward`: its setting FORWARD."""

    name: str
    alias: str
    time: Time
    skew: int = 0
    forward: bool = False

    def now(self) -> int:
        return self.time.milliseconds + self.skew

    @contextmanager
    def entered(self) -> Iterator[str]:
        """Its settings, and its database for every model."""
        given: dict[str, Any] = getattr(settings, "FEEDSYNC", {})
        # No thread: the world relays when it is told to.
        own = {"GOOGLE_CLOUD_PROJECT": "testing", **given, "ENVIRONMENT": self.name, "RELAY": "command"}
        own["FORWARD"] = self.forward
        own["FILE_WORKERS"] = 1  # settings are the process's: one after the other, as the seed has it
        with override_settings(FEEDSYNC=own, DATABASE_ROUTERS=[OneDatabase(self.alias)]):
            yield self.alias


class OneDatabase:
    """A database router: every model lives in this database."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return self.alias

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return self.alias
