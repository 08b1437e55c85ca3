"""A process that writes in autocommit mode dies at any moment (R2)."""

from __future__ import annotations

import re

import pytest

from tests.system.cloud import Cloud
from tests.system.processes import environment, start

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def test_r02_a_kill_leaves_each_change_with_its_mark(cloud: Cloud) -> None:
    """Killed before each of its statements: what was committed is marked, and nothing else is."""
    process = start(["-m", "tests.system.killed"], environment(cloud))
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    found = re.search(r"killed (\d+) times", output)
    assert found, output
    assert int(found[1]) >= 10
