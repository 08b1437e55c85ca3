"""Well-known packages with the registrations of docs/packages.md, each in a project and a process that has them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.system.processes import ROOT

STORIES = ["cms", "contrib", "shop", "words"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("story", STORIES)
def test_a_package_is_replicated(story: str) -> None:
    """Its content is made with its own interface, changed, moved and deleted; after each act both environments are
    equal, and the checks have nothing against the registrations."""
    command = [sys.executable, "-m", "tests.packages", story]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
