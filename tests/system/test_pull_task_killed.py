"""A worker of Cloud Tasks that is killed in the middle of a pull: the task comes again, and the pull goes on."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from feedsync.transport import clients
from tests.db.pull.source import Source, tag
from tests.system.studio import SHOP, Studio
from tests.unit.http.server import Server

LOCATION = "projects/test/locations/europe-west1"
PATIENCE_SECONDS = 60
ROWS = """
    INSERT INTO feedsync_consumers_datasource (env_name, env_url, enabled, subscription, incarnation, created_at)
        VALUES ('studio', '{url}', true, '', '', '2026-01-01');
    INSERT INTO feedsync_consumers_datapull
            (data_source_id, status, mode, progress, message, cancel_requested, worker, created_at)
        VALUES (1, 'waiting', 'repair', '{{}}', '', false, '', '2026-01-01');
"""


class Shop(Studio):
    """The process that Cloud Tasks calls."""

    def __init__(self, directory: Path, cloud: Emulator) -> None:
        super().__init__(directory, copies=0)
        self._cloud = cloud
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def sql(self, script: str) -> None:
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            database.executescript(script)

    def pull(self) -> tuple[Any, ...]:
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            [row] = database.execute("SELECT status, step, message, progress FROM feedsync_consumers_datapull")
        return tuple(row)

    @property
    def variables(self) -> dict[str, str]:
        options = SHOP | {
            "TOPIC": None,
            "TASKS": "cloud_tasks",
            "BASE_URL": self.url,
            "SERVICE_ACCOUNT_EMAIL": "shop@test.iam.gserviceaccount.com",
            "OIDC_CERTS_URL": f"http://{self._cloud.host}/oauth2/v1/certs",
        }
        return {**super().variables, **self._cloud.environment, "FEEDSYNC_TEST_SETTINGS": json.dumps(options)}


def wait(shop: Shop, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert time.monotonic() < deadline, shop.pull()
        time.sleep(0.05)


def test_killed_worker_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pull's row shows a last sign of life; once that is old, the next attempt goes on at the cursor."""
    reached, killed = threading.Event(), threading.Event()
    source = Source(rows={"library.tag": [tag(f"t{number}") for number in range(8)]})

    def die_once(number: int) -> None:
        if number == 3 and not killed.is_set():
            reached.set()
            killed.wait(PATIENCE_SECONDS)

    source.before_chunk = die_once
    with Emulator() as cloud, Server(source.answers()) as server, Shop(tmp_path, cloud) as shop:
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        retries = {"min_backoff": {"nanos": 200_000_000}, "max_backoff": {"seconds": 1}}
        queue = {"name": f"{LOCATION}/queues/feedsync", "retry_config": retries}
        clients.tasks().create_queue(parent=LOCATION, queue=queue)
        shop.sql(ROWS.format(url=server.url))
        urllib.request.urlopen(f"{shop.url}/feedsync/healthz").close()  # the first request looks for pulls
        assert reached.wait(PATIENCE_SECONDS), shop.pull()
        wait(shop, lambda: json.loads(shop.pull()[3]).get("cursor") == "4")
        shop.kill()
        killed.set()
        assert shop.pull()[0] == "running"
        shop.start()
        shop.sql("UPDATE feedsync_consumers_datapull SET heartbeat_at = datetime('now', '-60 seconds')")
        wait(shop, lambda: bool(shop.pull()[0] == "done"))
        assert shop.pull()[1] == 0
    assert source.cursors == ["0", "4"]
