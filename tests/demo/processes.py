"""The processes of the demo: started, watched, killed on purpose, and gone when the demo ends.

In: commands; out: running processes whose output goes to one file each. A process that ends unasked is an error that
shows the last lines of its file.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.demo.plain import Plain

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


class Broken(Exception):
    """The demo can't go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One environment of the demo."""

    name: str
    peer: str
    database: str
    port: int
    secret: str
    emulator: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """What `tests.demo.settings` reads."""
        return {
            "DJANGO_SETTINGS_MODULE": "tests.demo.settings",
            "DEMO_ENVIRONMENT": self.name,
            "DEMO_PEER": self.peer,
            "DEMO_DATABASE": self.database,
            "DEMO_BASE_URL": self.url,
            "DEMO_SECRET": self.secret,
            "PUBSUB_EMULATOR_HOST": self.emulator,
        }

    def plain(self) -> Plain:
        return Plain(self.database)


class Processes:
    """All of them end with the context."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, *arguments: str, variables: Mapping[str, str] | None = None) -> None:
        """Run `python -m ARGUMENTS`; its output is appended to NAME.log."""
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(variables or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                # Its own session: Ctrl-C reaches the demo alone, which then ends the others in order.
                start_new_session=True,
            )

    def manage(self, site: Site, *arguments: str) -> str:
        """Start a management command of a site; gives the process's name."""
        name = f"{site.name}-{arguments[0]}"
        self.start(name, "tests.demo.manage", *arguments, variables=site.variables)
        return name

    def ended(self, name: str) -> bool:
        return self._running[name].poll() is not None

    def finish(self, name: str) -> None:
        """Wait for a process that ends by itself."""
        if self._running.pop(name).wait() != 0:
            raise Broken(f"{name} failed:\n{self.tail(name)}")

    def kill(self, name: str) -> None:
        """As the kernel does when memory is short: no goodbye."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def tail(self, name: str, lines: int = 30) -> str:
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-lines:])

    def check(self) -> None:
        """Is everything that should run still running?"""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise Broken(f"{name} ended by itself:\n{self.tail(name)}")

    def wait(self, what: str, ready: Callable[[], bool], *, every_seconds: float = 0.05, seconds: float = 0) -> None:
        """Until it is so; gives up when a process dies or patience ends."""
        deadline = time.monotonic() + (seconds or PATIENCE_SECONDS)
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise Broken(f"waited in vain: {what}")
            time.sleep(every_seconds)
