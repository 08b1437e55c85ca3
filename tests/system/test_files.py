"""Files between two environments in two processes, over HTTP, while things break."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from consumers.models import DataPull, DataSource, ParkedChange
from consumers.pull.run import run
from consumers.pull.subscriptions import PubSubSubscriptions
from feedsync.models import KnownFile, Mark
from feedsync.transport.pubsub import PubSubPublisher
from feedsync.wire.page import Change, encode_pages
from tests.db.files.giving import PATH, change, gives
from tests.library.models import Attachment
from tests.system.cloud import TOPIC, Cloud
from tests.system.processes import environment, start
from tests.system.studio import SHOP, Studio
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = bytes(range(256)) * 20_000  # 5 MB


@pytest.fixture(autouse=True)
def _shop(settings: Settings, tmp_path: Path) -> None:
    settings.FEEDSYNC = SHOP
    settings.MEDIA_ROOT = tmp_path / "shop-media"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path, copies=0)
    write(studio, "a.txt", b"first")
    write(studio, "b.txt", b"first")
    write(studio, "empty.txt", b"")
    write(studio, "large.bin", LARGE)
    with studio:
        yield studio


def write(studio: Studio, name: str, content: bytes) -> None:
    path = studio.media / "attachments" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def execute(studio: Studio, statement: str) -> None:
    """In the studio's database, behind Django's back: a pull finds it."""
    with sqlite3.connect(studio.database, timeout=20) as connection:
        connection.execute(statement)
    connection.close()


def pull(studio: Studio) -> DataPull:
    source = DataSource.objects.filter(env_name="studio").first()
    if source is None:
        source = DataSource.objects.bulk_create([DataSource(env_name="studio", env_url=studio.url)])[0]
    pull = DataPull.objects.bulk_create([DataPull(data_source=source)])[0]
    run(pull.pk)
    pull.refresh_from_db()
    assert pull.status == DataPull.Status.DONE, pull.message
    return pull


def contents() -> dict[str, bytes | None]:
    """{code: what its file holds}"""
    found = {}
    for attachment in Attachment.objects.order_by("code"):
        found[attachment.code] = attachment.file.read() if attachment.file else None
        attachment.file.close()
    return found


def test_a_pull_brings_files_and_a_second_one_none(studio: Studio) -> None:
    """Every file arrives, empty ones too; one content is fetched once; the second pull fetches and writes nothing."""
    first = pull(studio)
    assert contents() == {"a": b"first", "b": b"first", "empty": b"", "large": LARGE}
    assert first.progress["files"]["stored"] == 4
    assert (first.progress["parked"], first.progress["dead"]) == (0, 0)
    again = pull(studio)
    assert again.progress["files"] == {}
    assert (again.progress["updated"], again.progress["unchanged"]) == (0, first.progress["created"])
    assert not Mark.objects.exists()


def test_replaced_cleared_and_lost_files_follow(studio: Studio) -> None:
    """A file under its old name with another content, a cleared one, and one that went away at the replica."""
    pull(studio)
    write(studio, "a.txt", b"second")
    execute(studio, "UPDATE library_attachment SET file = '' WHERE code = 'b'")
    default_storage.delete("attachments/large.bin")
    again = pull(studio)
    assert contents() == {"a": b"second", "b": None, "empty": b"", "large": LARGE}
    assert again.progress["files"]["fetched"] == 2
    assert not ParkedChange.objects.exists()
    assert KnownFile.objects.filter(wire_name="attachments/a.txt").count() == 2


@pytest.mark.not_at_googles_emulator
def test_live_changes_bring_their_files(
    tmp_path: Path, cloud: Cloud, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved in one process, relayed by a second, served by a third: the consumer, a fourth, writes row and file."""
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    with Studio(tmp_path, copies=0, topic=TOPIC) as studio:
        pull(studio)
        save = "from tests.library.models import Attachment as A; from django.core.files.base import ContentFile as C"
        save += "; A(code='live').file.save('live.txt', C(b'live'))"
        variables = studio.variables | cloud.environment
        for arguments in (["shell", "--no-imports", "-c", save], ["feedsync_relay", "--once"]):
            run_to_end(["-m", "django", *arguments], variables)
        consumer = environment(cloud, **SHOP) | {"FEEDSYNC_TEST_MEDIA": str(settings.MEDIA_ROOT)}
        said = run_to_end(["-m", "django", "feedsync_consume", "--until-idle", "1"], consumer)
    assert contents() == {"live": b"live"}, said
    assert not Mark.objects.exists()


@pytest.mark.not_at_googles_emulator
def test_a_consumer_that_dies_in_a_transfer_loses_nothing(
    cloud: Cloud, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while a file is on its way: the message is acknowledged, the change parked; the next one fetches it."""
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    begun = threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(LARGE)))
        handler.end_headers()
        handler.wfile.write(LARGE[:100_000])
        begun.set()
        server.released.wait(30)

    variables = environment(cloud, **SHOP) | {"FEEDSYNC_TEST_MEDIA": str(settings.MEDIA_ROOT)}
    with Server({PATH: slow}) as server:
        subscribe(cloud, server.url)
        publish(cloud, change("large", LARGE))
        process = start(["-m", "django", "feedsync_consume"], variables)
        assert begun.wait(60)
        process.kill()
        process.communicate()
        server.released.set()
        assert ParkedChange.objects.get().reason == "file"
        assert not Attachment.objects.exists()
        ParkedChange.objects.update(retry_at=None)  # its claim has run out
        server.answers[PATH] = gives(LARGE)
        run_to_end(["-m", "django", "feedsync_consume", "--until-idle", "1"], variables)
    assert contents() == {"large": LARGE}
    assert not ParkedChange.objects.exists()


def subscribe(cloud: Cloud, url: str) -> None:
    """The shop knows the studio, and has a subscription to its topic."""
    name = PubSubSubscriptions().ensure("studio", TOPIC).name
    DataSource.objects.bulk_create([DataSource(env_name="studio", env_url=url, subscription=name)])


def publish(cloud: Cloud, *changes: Change) -> None:
    PubSubPublisher(TOPIC).publish(list(encode_pages(changes, incarnation="i")))


def run_to_end(arguments: list[str], variables: dict[str, str]) -> str:
    process = start(arguments, variables)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said
