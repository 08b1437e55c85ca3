"""Child processes of a test: on its databases, with its emulator, ended with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connections

from tests.system.cloud import Cloud

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
THREADED = {"ENVIRONMENT": "studio", "GOOGLE_CLOUD_PROJECT": "test", "RELAY": "thread"}


def environment(cloud: Cloud, **feedsync: Any) -> dict[str, str]:
    """What a child needs to find the test's databases and its emulator."""
    names = ("NAME", "HOST", "PORT", "USER", "PASSWORD")
    aliases = {alias: {name: str(connections[alias].settings_dict[name]) for name in names} for alias in connections}
    return {
        **os.environ,
        **cloud.environment,
        "DJANGO_SETTINGS_MODULE": "tests.system.child",
        "FEEDSYNC_TEST_CONNECTIONS": json.dumps(aliases),
        "FEEDSYNC_TEST_SETTINGS": json.dumps(feedsync),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


def start(arguments: list[str], variables: dict[str, str]) -> subprocess.Popen[str]:
    """`python arguments`, its output in a pipe."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something that another process does; fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
