"""A MariaDB server of one's own: the `mariadbd` of this machine, else Debian's, unpacked below the checkout.

In: nothing; out: a server on a Unix socket in a temporary directory, gone with the context. It waits for no disk and
writes no binary log: for tests only.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from tests import debian

SUPERUSER = "root"
UNPACKED = Path(__file__).parents[1] / ".mariadb"
PATIENCE_SECONDS = 120.0
SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
SETTINGS = {
    "skip-networking": "",
    "skip-name-resolve": "",
    "max-connections": "200",
    "max-allowed-packet": "64M",
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_general_ci",
    "performance-schema": "OFF",
    # Not durable, and small.
    "skip-log-bin": "",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-flush-method": "nosync",
    "innodb-doublewrite": "0",
    "innodb-use-native-aio": "0",
    "innodb-file-per-table": "0",
    "innodb-log-file-size": "16M",
    "innodb-buffer-pool-size": "64M",
    "sync-frm": "0",
    "debug-no-sync": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where a server's files are; `libraries` are those that the machine lacks."""

    program: Path
    libraries: tuple[Path, ...] = ()

    @property
    def share(self) -> Path:
        """Messages, character sets and the statements that make the system's tables."""
        prefix = self.program.resolve().parents[1]
        found = [path for path in (prefix / "share" / "mariadb", prefix / "share" / "mysql") if path.is_dir()]
        if not found:
            raise RuntimeError(f"{self.program} has no share/mariadb beside it: install the whole server")
        return found[0]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(map(str, self.libraries))}

    def command(self, directory: Path) -> list[str]:
        """The server on that directory; root may be who runs it."""
        settings = SETTINGS | {
            "datadir": str(directory / "data"),
            "tmpdir": str(directory),
            "socket": str(directory / "socket"),
            "pid-file": str(directory / "pid"),
            "lc-messages-dir": str(self.share),
            "character-sets-dir": str(self.share / "charsets"),
        }
        if os.geteuid() == 0:
            settings["user"] = "root"
        options = [f"--{name}={value}" if value else f"--{name}" for name, value in settings.items()]
        return [str(self.program), "--no-defaults", *options]


def installation() -> Installation:
    """The machine's own server, else the unpacked one."""
    found = shutil.which("mariadbd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
    if found:
        return Installation(program=Path(found))
    UNPACKED.mkdir(exist_ok=True)
    with (UNPACKED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests' other processes want it too
        complete = UNPACKED / "complete"
        if not complete.exists():
            debian.unpack(UNPACKED)
            complete.touch()
    libraries = {path.parent for path in UNPACKED.glob("**/*.so.*")}
    return Installation(program=UNPACKED / "usr" / "sbin" / "mariadbd", libraries=tuple(sorted(libraries)))


class MariaDB:
    """Starts on entering; stops and is removed on leaving."""

    def __init__(self) -> None:
        self._directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._directory = Path(tempfile.mkdtemp(prefix="feedsync-mariadb-"))
        try:
            self._start(self._directory)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()  # nothing of it is kept
            self._process.wait()
            self._process = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    @property
    def socket(self) -> str:
        """What `HOST` is in `DATABASES`."""
        if self._directory is None:
            raise RuntimeError("the server isn't running: use `with MariaDB() as server`")
        return str(self._directory / "socket")

    def connect(self) -> Any:
        """A connection of the driver that Django uses."""
        import MySQLdb  # whichever driver there is: see tests.settings

        return MySQLdb.connect(unix_socket=self.socket, user=SUPERUSER)

    def _start(self, directory: Path) -> None:
        installed = installation()
        with (directory / "log").open("w+b") as log:
            _bootstrap(installed, directory, log)
            self._process = subprocess.Popen(
                installed.command(directory), env=installed.environment, stdout=log, stderr=log, cwd="/"
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MariaDB didn't start:\n{(directory / 'log').read_text(errors='replace')}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        if not Path(self.socket).exists():
            return False
        self.connect().close()
        return True


def _bootstrap(installed: Installation, directory: Path, log: IO[bytes]) -> None:
    """What `mariadb-install-db` does, which needs programs of the client's package."""
    (directory / "data" / "mysql").mkdir(parents=True)
    statements = b"".join((installed.share / name).read_bytes() for name in SYSTEM_TABLES)
    done = subprocess.run(
        [*installed.command(directory), "--bootstrap"],
        check=False,
        cwd="/",
        env=installed.environment,
        input=b"USE mysql;\n" + statements,
        stdout=log,
        stderr=log,
    )
    if done.returncode != 0:
        raise RuntimeError(f"MariaDB's tables can't be made:\n{(directory / 'log').read_text(errors='replace')}")
