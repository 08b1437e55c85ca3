"""Databases and sites of a run, on a PostgreSQL server of its own with default settings.

In: nothing; out: `Site`s, each on a fresh copy of a migrated (or filled) database. Everything goes with the context.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from benchmarks import rows as texts
from tests.postgres import Database, Postgres

ROOT = Path(__file__).resolve().parents[1]
PEERS = {"source": "replica", "replica": "source"}


class Broken(Exception):
    """A benchmark can't go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One environment. `kind`: feedsync, plain or cqrs."""

    name: str
    kind: str
    database: Database
    directory: Path

    @property
    def variables(self) -> dict[str, str]:
        """What `benchmarks.site.settings` reads."""
        return {
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "benchmarks.site.settings",
            "BENCH_KIND": self.kind,
            "BENCH_DATABASE": self.database.url,
            "BENCH_ENVIRONMENT": self.name,
            "BENCH_PEER": PEERS[self.name],
        }

    def manage(self, *arguments: str) -> None:
        """Run a management command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.site.manage", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Broken(f"{self.name}: {' '.join(arguments)}:\n{done.stdout}{done.stderr}")

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.database.url, autocommit=True)

    def value(self, sql: str, *params: Any) -> Any:
        with self.connect() as connection:
            row = connection.execute(sql, params).fetchone()
            return row[0] if row else None


@dataclass(slots=True)
class Stage:
    """Databases are copied from templates: migrating and filling one takes longer than measuring."""

    server: Postgres
    directory: Path
    _made: int = 0
    _templates: dict[tuple[str, str, int, bool], Database] = field(default_factory=dict)

    def site(self, name: str, kind: str, *, rows: int = 0, tagged: bool = True) -> Site:
        """A site whose database nobody else uses, with so many texts."""
        template = self._template(name, kind, rows, tagged)
        return self._site(name, kind, self._copied(template))

    def _template(self, name: str, kind: str, rows: int, tagged: bool) -> Database:
        place = (name, kind, rows, tagged)
        if place not in self._templates:
            self._templates[place] = self._filled(*place) if rows else self._migrated(name, kind)
        return self._templates[place]

    def _migrated(self, name: str, kind: str) -> Database:
        database = self.server.database(self._fresh_name())
        self._site(name, kind, database).manage("migrate", "--verbosity", "0")
        return database

    def _filled(self, name: str, kind: str, rows: int, tagged: bool) -> Database:
        database = self._copied(self._template(name, kind, 0, True))
        with psycopg.connect(database.url, autocommit=True) as connection:
            texts.fill(connection, rows, tagged=tagged)
            connection.execute("VACUUM ANALYZE")
        return database

    def _copied(self, template: Database) -> Database:
        name = self._fresh_name()
        maintenance = Database(name="postgres", socket_directory=template.socket_directory)
        with psycopg.connect(maintenance.url, autocommit=True) as connection:
            statement = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(statement.format(Identifier(name), Identifier(template.name)))
            connection.execute("CHECKPOINT")
        return Database(name=name, socket_directory=template.socket_directory)

    def _site(self, name: str, kind: str, database: Database) -> Site:
        return Site(name=name, kind=kind, database=database, directory=self.directory)

    def _fresh_name(self) -> str:
        self._made += 1
        return f"bench{self._made}"


@contextmanager
def stage() -> Iterator[Stage]:
    directory = Path(tempfile.mkdtemp(prefix="feedsync-bench-"))
    try:
        with Postgres(durable=True) as server:
            yield Stage(server, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
