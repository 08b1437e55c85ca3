"""Servers of Pub/Sub to measure side by side, each a process of its own: the emulator, one that only echoes, Google's.

Google's own emulator takes part where `gcloud` and `java` are found, or where PUBSUB_EMULATOR_COMMAND starts it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import running, wait

_GCLOUD = "gcloud beta emulators pubsub start --project=bench --host-port={host}"
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that clients can connect to."""

    host: str
    pid: int
    ready_seconds: float  # from its start until it takes connections

    @property
    def mebibytes(self) -> float:
        """Resident now."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert found is not None
        return int(found[1]) / 1024

    @property
    def processor_seconds(self) -> float:
        """Used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS


@contextmanager
def emulator(directory: Path, *arguments: str) -> Iterator[Server]:
    """`python -m emulator`."""
    with _python(directory, "emulator", "--port", "0", *arguments) as server:
        yield server


@contextmanager
def echo(directory: Path) -> Iterator[Server]:
    """`python -m benchmarks.echo`."""
    with _python(directory, "benchmarks.echo") as server:
        yield server


def has_official() -> bool:
    """Whether Google's emulator can be started."""
    return bool(os.environ.get("PUBSUB_EMULATOR_COMMAND")) or bool(shutil.which("gcloud") and shutil.which("java"))


@contextmanager
def official(directory: Path) -> Iterator[Server]:
    """Google's emulator."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"127.0.0.1:{free.getsockname()[1]}"
    command = os.environ.get("PUBSUB_EMULATOR_COMMAND", _GCLOUD).format(host=host)
    started = time.monotonic()
    with (directory / "official.log").open("wb") as log:
        process = subprocess.Popen(shlex.split(command), stdout=log, stderr=log, start_new_session=True)
    try:
        wait(lambda: _connects(host))
        ready = time.monotonic() - started
        yield Server(host=host, pid=_java_below(process.pid), ready_seconds=ready)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(15)


@contextmanager
def _python(directory: Path, module: str, *arguments: str) -> Iterator[Server]:
    started = time.monotonic()
    with running(directory, module, module, *arguments) as process:
        while "ready on " not in process.said:
            process.check()
            time.sleep(0.005)
        ready = time.monotonic() - started
        host = process.said.split("ready on ")[1].split()[0]
        yield Server(host=host, pid=process.process.pid, ready_seconds=ready)


def _connects(host: str) -> bool:
    name, port = host.split(":")
    try:
        with socket.create_connection((name, int(port)), timeout=1):
            return True
    except OSError:
        return False


def _java_below(session: int) -> int:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = path.parent.name, path.read_text().rpartition(")")
        except OSError:
            continue
        if rest[0].endswith("(java") and int(rest[2].split()[3]) == session:
            return int(pid)
    return session
