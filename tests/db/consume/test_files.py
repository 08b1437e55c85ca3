"""Files of the live feed: through Pub/Sub the change, over HTTP the bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from pytest_django import Settings

from consumers.models import DataSource, ParkedChange
from consumers.streaming.consumer import Limits
from emulator import Emulator
from tests.db.apply import building
from tests.db.consume.consuming import SUBSCRIPTION, consume, consuming, send
from tests.db.files.giving import PATH, asked, change, gives
from tests.db.pull import source as sources
from tests.library.models import Attachment, Tag
from tests.system.processes import until
from tests.unit.http.server import Server, plain

CONTENT = b"what the file holds " * 1000


@pytest.fixture(autouse=True)
def _media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FEEDSYNC = sources.SETTINGS


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    with Server({PATH: gives(CONTENT)}) as server:
        source = DataSource(env_name="studio", env_url=server.url, subscription=SUBSCRIPTION)
        DataSource.objects.bulk_create([source])
        yield server


def test_the_consumer_fetches_what_a_change_needs(cloud: Emulator, server: Server) -> None:
    """The message is acknowledged, the file fetched, the row written; idle is when that is done."""
    send(cloud, change("a", CONTENT))
    consume(Limits(idle_seconds=0.3))
    assert not ParkedChange.objects.exists()
    with Attachment.objects.get().file.open() as file:
        assert file.read() == CONTENT
    assert asked(server) == 1


def test_a_slow_file_holds_up_nobody(cloud: Emulator, server: Server) -> None:
    """Other changes are applied while a file is on its way; a consumer that is stopped gives it up."""
    begun = threading.Event()

    def hanging(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/octet-stream")
        handler.end_headers()
        begun.set()
        while not server.released.wait(0.05):
            handler.wfile.write(b"w")

    server.answers[PATH] = hanging
    with consuming():
        send(cloud, change("a", CONTENT))
        assert begun.wait(20)
        send(cloud, building.upsert("tag", ["t"], change("a", CONTENT).version, origin="studio", slug="t", label=""))
        until(Tag.objects.exists)
    assert ParkedChange.objects.get().reason == "file"


def test_a_file_that_does_not_come_is_shown(cloud: Emulator, server: Server) -> None:
    """The consumer ends all the same; what it waits for says why."""
    server.answers[PATH] = plain(b'{"error": "Not here."}', status=404)
    send(cloud, change("a", CONTENT))
    consume(Limits(idle_seconds=0.3))
    assert "Not here." in ParkedChange.objects.get().detail


def test_a_large_file_holds_up_no_small_one(cloud: Emulator, server: Server) -> None:
    """While it is on its way, other files arrive with their rows."""
    begun = threading.Event()

    def by_size(handler: BaseHTTPRequestHandler) -> None:
        if "large" not in handler.path:
            gives(CONTENT)(handler)
            return
        begun.set()
        server.released.wait(20)

    server.answers[PATH] = by_size
    with consuming() as said:
        send(cloud, change("large", CONTENT, size=100_000_000))
        assert begun.wait(20)
        send(cloud, change("small", CONTENT))
        until(lambda: Attachment.objects.filter(code="small").exists())
        assert "1 files stored" in said.wait_for("changes with files")
        server.released.set()
