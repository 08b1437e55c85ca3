"""A short round of what `make crowd` does for minutes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.system.processes import ROOT


@pytest.mark.postgres_only
def test_several_writers_relays_and_consumers_at_once() -> None:
    """No increment is lost, no version goes back, both environments are equal; writers that take rows in one order meet
    no deadlock, and those in relays and consumers are tried again."""
    command = [sys.executable, "-m", "tests.crowd", "--seconds", "5", "--writers", "2", "--workers", "2"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
