"""Real processes of a benchmark: the emulator, a source's web server, its relay, a replica's consumer.

In: a site; out: running processes that end with their context. Their output goes to a file, whose end a failure shows.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.stage import ROOT, Broken, Site

PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """One process and the file of what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def peak_mebibytes(self) -> float:
        """The most memory that it ever had resident."""
        return peak_of(self.process.pid)

    def wait(self, ready: Callable[[], bool]) -> None:
        wait(ready, self.check)

    def check(self) -> None:
        if self.process.poll() is not None:
            raise Broken(self.said[-4000:])


def wait(ready: Callable[[], bool], check: Callable[[], None] = lambda: None) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        check()
        if time.monotonic() > deadline:
            raise Broken("waited in vain")
        time.sleep(POLL_SECONDS)


def peak_of(pid: int | str) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


@contextmanager
def running(directory: Path, name: str, *arguments: str, **variables: str) -> Iterator[Running]:
    """`python -m ARGUMENTS`."""
    log = directory / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Running(process, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def managed(site: Site, *arguments: str, **variables: str) -> Iterator[Running]:
    """A management command of a site that runs until it is ended."""
    name = f"{site.name}-{arguments[0]}"
    with running(site.directory, name, "benchmarks.site.manage", *arguments, **site.variables, **variables) as process:
        yield process


@contextmanager
def emulator(directory: Path) -> Iterator[str]:
    """Pub/Sub; its host and port."""
    with running(directory, "emulator", "emulator", "--port", "0") as process:
        process.wait(lambda: "emulator ready on " in process.said)
        yield process.said.split("emulator ready on ")[1].split()[0]


@contextmanager
def server(site: Site, **variables: str) -> Iterator[tuple[Running, str]]:
    """The site's web server and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    arguments = ("runserver", "--noreload", "--skip-checks", url.removeprefix("http://"))
    with managed(site, *arguments, **variables) as process:
        process.wait(lambda: _answers(url))
        yield process, url


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/feedsync/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False
