"""`make demo` ends well: two environments, real processes, a killed consumer, and no difference."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.demo.processes import ROOT


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_demo_ends_with_equal_environments(database: str) -> None:
    """Exit status 0 and figures on the last line; in between a consumer was killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo", "--once", "--scale", "0.02", "--database", database],
        check=False,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["objects"] > 10_000
    assert figures.keys() == {"objects", "seconds", "pull_rows_per_second", "live_delay_ms"}
    assert "the consumer was killed when" in done.stdout
