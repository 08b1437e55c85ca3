"""Files between two environments in two processes, over HTTP, while things break."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from consumers.models import DataPull, DataSource, ParkedChange
from consumers.pull.run import run
from feedsync.models import KnownFile, Mark
from tests.library.models import Attachment
from tests.system.studio import SHOP, Studio

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
