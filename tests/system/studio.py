"""The environment "studio" from the test's side: its process, its URL, and what its export says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from tests.system.processes import ROOT

SECRET = "a secret of the tests"
SHOP: dict[str, Any] = {
    "ENVIRONMENT": "shop",
    "GOOGLE_CLOUD_PROJECT": "test",
    "RELAY": "command",
    "TASKS": "inline",
    "CREDENTIALS": {"studio": {"secret": SECRET}},
    "ALLOW_PRIVATE_SOURCES": True,
}


class Studio:
    """Runs while the `with` lasts; can be killed and started again at the same URL."""

    def __init__(self, directory: Path, *, copies: int, topic: str | None = None) -> None:
        self.database = directory / "studio.sqlite3"
        self.media = directory / "studio-media"
        self._copies = copies
        self._topic = topic
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, *, dies_at: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.serving", *map(str, (self._copies, self.port, dies_at))],
            cwd=ROOT,
            env=self.variables,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    @property
    def variables(self) -> dict[str, str]:
        """What another process of the same environment needs."""
        feedsync = {"ENVIRONMENT": "studio", "TOPIC": self._topic, "READERS": {"shop": {"secret": SECRET}}}
        databases = {"default": {"NAME": str(self.database)}, "other": {"NAME": f"{self.database}-other"}}
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.system.child",
            "FEEDSYNC_TEST_DATABASE": "sqlite",
            "FEEDSYNC_TEST_CONNECTIONS": json.dumps(databases),
            "FEEDSYNC_TEST_SETTINGS": json.dumps(feedsync),
            "FEEDSYNC_TEST_MEDIA": str(self.media),
            "PYTHONPATH": str(ROOT),
        }
