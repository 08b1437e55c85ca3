"""A few cells of the matrix that `make kill` runs as a whole."""

from __future__ import annotations

import subprocess
import sys

from tests.system.processes import ROOT


def test_killed_processes_end_equal() -> None:
    """Relay, consumer and emulator are killed while somebody edits; afterwards both environments are the same."""
    command = [sys.executable, "-m", "tests.killing", "--database", "sqlite", "--kills", "1"]
    done = subprocess.run(
        [*command, "--roles", "relay", "consumer", "emulator"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
