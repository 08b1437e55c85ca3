"""Two environments whose every process can be killed and started again, the emulator and the database server, too.

In: a directory and which kind of database. Out: a `Stage`; what runs on it ends with it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import requests

from tests.demo.compare import Comparison, compare
from tests.demo.processes import Broken, Processes, Site
from tests.demo.sites import free_ports
from tests.postgres import Postgres

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.killing.settings"}
SETTLE_SECONDS = 180
SOURCE = (
    "INSERT INTO feedsync_consumers_datasource (env_name, env_url, enabled, subscription, incarnation, created_at) "
)
LAPSE = "UPDATE feedsync_consumers_datapull SET heartbeat_at = '2001-01-01 00:00:00' WHERE status = 'running'"


class Stage:
    """`studio` is edited, `shop` follows it."""

    def __init__(self, directory: Path, *, database: str) -> None:
        self.directory = directory
        self.database = database
        self.postgres: Postgres | None = None
        self.processes = Processes(directory)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        emulator, *ports = free_ports(3)
        self._emulator_port = emulator
        addresses = self._databases()
        secret = secrets.token_urlsafe(24)
        self._stack.enter_context(self.processes)
        self.studio, self.shop = (
            Site(
                name=name,
                peer=peer,
                database=address,
                port=port,
                secret=secret,
                emulator=f"127.0.0.1:{emulator}",
            )
            for name, peer, address, port in zip(("studio", "shop"), ("shop", "studio"), addresses, ports, strict=True)
        )
        self.start("emulator")
        for site in (self.studio, self.shop):
            self._finish(site, "migrate", "--verbosity", "0")
            self._finish(site, "feedsync_setup")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _databases(self) -> list[str]:
        if self.database == "sqlite":
            return [str(self.directory / f"{name}.sqlite3") for name in ("studio", "shop")]
        self.postgres = self._stack.enter_context(Postgres())
        return [self.postgres.database(name).url for name in ("studio", "shop")]

    def start(self, role: str, *, before: int = 0) -> None:
        """`before`: it dies before that statement of its work."""
        match role:
            case "emulator":
                arguments = ("--port", str(self._emulator_port), "--data-dir", str(self.directory / "cloud"))
                self.processes.start("emulator", "emulator", *arguments)
                ready = f"ready on 127.0.0.1:{self._emulator_port}"
                before_now = self.processes.log("emulator").read_text().count(ready)
                self._until(
                    lambda: self.processes.log("emulator").read_text().count(ready) > before_now, "the emulator"
                )
            case "web":
                self.manage(
                    "web", self.studio, "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{self.studio.port}"
                )
                self._until(self._answers, "the studio's web process")
            case "relay":
                self.manage("relay", self.studio, "feedsync_relay", before=before)
            case "consumer":
                self.manage("consumer", self.shop, "feedsync_consume", before=before)
            case "pull":
                self._lapse()
                self.manage("pull", self.shop, "feedsync_pull", "studio", before=before)

    def kill(self, role: str) -> None:
        if role == "postgres":
            assert self.postgres is not None
            self.postgres.crash()
        else:
            self.processes.kill(role)

    def ended(self, role: str, seconds: float) -> bool:
        """Whether it ends by itself within so long."""
        deadline = time.monotonic() + seconds
        while not self.processes.ended(role):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def load(self, scale: float) -> None:
        self._finish(self.studio, "atlas_load", "--json", "--scale", str(scale))

    def introduce(self) -> None:
        """The studio as the shop's data source; nothing is pulled by that."""
        plain = self.shop.plain()
        values = ("studio", self.studio.url, "true", "", "", "CURRENT_TIMESTAMP")
        quoted = ", ".join(value if value in ("true", "CURRENT_TIMESTAMP") else f"'{value}'" for value in values)
        plain.execute(f"{SOURCE}VALUES ({quoted})")
        plain.close()

    def _lapse(self) -> None:
        """The lease of a pull whose worker was killed, without waiting for half a minute."""
        plain = self.shop.plain()
        plain.execute(LAPSE)
        plain.close()

    def settle(self) -> tuple[Comparison, float]:
        """The comparison, once all is equal or patience ends, and how many seconds that took."""
        started = time.monotonic()
        while True:
            found = compare(self.studio.database, self.shop.database)
            seconds = time.monotonic() - started
            if not found.different or seconds > SETTLE_SECONDS:
                return found, seconds
            time.sleep(0.2)

    def aside(self) -> tuple[int, int]:
        """How many changes are parked, and dead."""
        plain = self.shop.plain()
        tables = ("feedsync_consumers_parkedchange", "feedsync_deadchange")
        parked, dead = (int(plain.value(f"SELECT count(*) FROM {table}")) for table in tables)
        plain.close()
        return parked, dead

    def manage(self, role: str, site: Site, *arguments: str, before: int = 0) -> None:
        variables = {**site.variables, **SETTINGS, "KILL_BEFORE": str(before)}
        self.processes.start(role, "tests.demo.manage", *arguments, variables=variables)

    def _finish(self, site: Site, *arguments: str) -> None:
        self.processes.finish(self.processes.manage(site, *arguments))

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.studio.url}/feedsync/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def _until(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise Broken(f"waited in vain for {what}")
            time.sleep(0.05)
