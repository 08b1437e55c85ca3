"""One environment of a world: a name, a database, and a clock that may be wrong.

Settings, database routers and the connection named "default" belong to the process; `entered` makes them this
environment's for a while, so that code which knows nothing of several environments reads and writes in the right one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.test import override_settings

from feedsync import conf


@dataclass(slots=True)
class Time:
    """Milliseconds since 1970 in a world. It passes only when somebody says so."""

    milliseconds: int

    def pass_by(self, milliseconds: int) -> None:
        self.milliseconds += milliseconds


@dataclass(frozen=True, slots=True)
class _Own:
    """One environment's FEEDSYNC: made of `given`, as it is written, and parsed."""

    given: Mapping[str, Any]
    raw: dict[str, Any]
    parsed: conf.Settings


@dataclass(slots=True, kw_only=True)
class Environment:
    """`skew`: by how many milliseconds its clock is ahead of the world's time. `forward`: its setting FORWARD."""

    name: str
    alias: str
    time: Time
    skew: int = 0
    forward: bool = False
    _own: _Own | None = field(default=None, repr=False)

    def now(self) -> int:
        return self.time.milliseconds + self.skew

    @contextmanager
    def entered(self) -> Iterator[str]:
        """Its settings, and its database for every model; one of the world's own also for whoever names none."""
        given = getattr(settings, "FEEDSYNC", None)
        if self._own is None or given not in (self._own.given, self._own.raw):
            self._own = self._settings(given or {})
        routers, connection = router.routers, connections[DEFAULT_DB_ALIAS]
        settings.FEEDSYNC = self._own.raw
        router.routers = [OneDatabase(self.alias)]
        if self.alias not in settings.DATABASES:  # one of the world's own: nobody can name it
            connections[DEFAULT_DB_ALIAS] = connections[self.alias]
        try:
            with conf.standing_in(self._own.parsed):
                yield self.alias
        finally:
            connections[DEFAULT_DB_ALIAS] = connection
            router.routers = routers
            settings.FEEDSYNC = given

    def _settings(self, given: Mapping[str, Any]) -> _Own:
        # No thread: the world relays when it is told to.
        raw = {"GOOGLE_CLOUD_PROJECT": "testing", **given, "ENVIRONMENT": self.name, "RELAY": "command"}
        raw["FORWARD"] = self.forward
        raw["FILE_WORKERS"] = 1  # one after the other, as the seed has it
        with override_settings(FEEDSYNC=raw):
            return _Own(given, raw, conf.parsed())


class OneDatabase:
    """A database router: every model lives in this database."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return self.alias

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return self.alias
