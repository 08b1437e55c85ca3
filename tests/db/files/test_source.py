"""The source's side: what a change says of a file, and whom the source gives it to."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from consumers.http import lines
from consumers.pull import messages
from feedsync import registry, snapshot
from feedsync.errors import TransientError
from feedsync.export import ahead, rows
from feedsync.files import measuring
from feedsync.models import KnownFile, Mark
from feedsync.shape import shape_of
from feedsync.snapshot import State
from tests.db.export import reading
from tests.db.export.asgi import over_asgi
from tests.db.files import storages
from tests.library.models import Attachment

pytestmark = pytest.mark.django_db
PATH = "/feedsync/files/library.attachment/file/"
CONTENT = bytes(range(256)) * 10


@pytest.fixture(autouse=True)
def _studio(settings: Settings) -> None:
    settings.FEEDSYNC = reading.SETTINGS


def attachment(code: str = "a", content: bytes = CONTENT) -> Attachment:
    return Attachment.objects.create(code=code, file=ContentFile(content, f"{code}.bin"))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def measured() -> list[State]:
    """As the relay reads them."""
    feed = registry.get("library.attachment")
    return snapshot.read(feed, snapshot.rows(feed, "default").order_by("pk"), measure=True)


def ask(*, path: str = PATH, reader: str = "shop", **headers: str) -> Any:
    query = urlencode({"key": json.dumps(["a"]), "sha256": sha256(CONTENT)})
    signed = {"Authorization": reading.signed(path, query, reader=reader)}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().get(f"{path}?{query}", headers={**signed, **headers})


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_change_says_name_size_and_hash() -> None:
    """The name stands in the field, the content beside it; an object without a file has none."""
    attachment()
    Attachment.objects.create(code="b")
    first, second = measured()
    assert first.fields["file"] == "attachments/a.bin"
    assert first.fields["file.content"] == {"sha256": sha256(CONTENT), "size": len(CONTENT)}
    assert (second.fields["file"], second.fields["file.content"]) == ("", None)


def test_the_export_says_so_too() -> None:
    """Both values are in the stream, and the contract names both."""
    attachment()
    [change] = reading.export("feeds=library.attachment").of("library.attachment")
    assert change.fields is not None
    assert change.fields["file.content"] == {"sha256": sha256(CONTENT), "size": len(CONTENT)}
    contract = json.loads(reading.get("/feedsync/contract/").content)
    [feed] = [feed for feed in contract["feeds"] if feed["feed"] == "library.attachment"]
    assert {"name": "file.content", "type": "content", "null": True} in feed["fields"]


def test_a_file_is_hashed_once(settings: Settings) -> None:
    """As long as size and time are the same it isn't opened again."""
    attachment()
    [before] = measured()
    storages.use(settings, storages.Unopened)
    assert measured() == [before]


def test_a_file_that_was_written_over_is_seen(media: Path) -> None:
    """Another time, same size: another content."""
    instance = attachment()
    [before] = measured()
    Path(instance.file.path).write_bytes(CONTENT[::-1])
    os.utime(instance.file.path, ns=(1, 1))
    [after] = measured()
    assert after.fields["file"] == before.fields["file"]
    assert after.fields["file.content"] == {"sha256": sha256(CONTENT[::-1]), "size": len(CONTENT)}


def test_a_missing_file_leaves_the_object_its_other_values() -> None:
    """Name and content are left out, the rest travels; the problem is noted."""
    instance = attachment()
    Path(instance.file.path).unlink()
    [state] = measured()
    assert state.fields == {"code": "a"}
    assert KnownFile.objects.get().problem == "It is not in the storage."


def test_a_storage_that_is_away_stops_the_relay_and_not_the_object(settings: Settings) -> None:
    """An outage is no missing file: everything waits."""
    attachment()
    storages.use(settings, storages.Away)
    with pytest.raises(TransientError, match="no storage"):
        measured()
    assert not KnownFile.objects.exists()


def test_storages_without_paths_and_times_serve_too(settings: Settings) -> None:
    """Nothing is asked of a storage that Django's own interface doesn't have."""
    storages.use(settings, storages.Timeless)
    attachment()
    assert measured()[0].fields["file.content"] == {"sha256": sha256(CONTENT), "size": len(CONTENT)}
    assert body(ask()) == CONTENT


@pytest.mark.parametrize("count", [2, 50])
def test_measuring_takes_three_statements_whatever_the_number(count: int) -> None:
    """The rows, what is known of their files, and what was learnt."""
    for number in range(count):
        attachment(f"f{number}", b"x")
    with CaptureQueriesContext(connection) as first:
        measured()
    with CaptureQueriesContext(connection) as second:
        measured()
    assert (len(first), len(second)) == (3, 2)


def test_a_reader_gets_the_file() -> None:
    """Its bytes, its length and its hash as tag; not as a page that a browser would show."""
    attachment()
    measured()
    response = ask()
    assert (response.status_code, response["ETag"]) == (200, f'"{sha256(CONTENT)}"')
    assert response["Content-Length"] == str(len(CONTENT))
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert body(response) == CONTENT


def test_a_transfer_can_go_on() -> None:
    """A range of the same content is a part; where the tag is another one, it is the whole."""
    attachment()
    measured()
    part = ask(Range="bytes=2500-", If_Range=f'"{sha256(CONTENT)}"')
    assert (part.status_code, part["Content-Range"]) == (206, "bytes 2500-2559/2560")
    assert body(part) == CONTENT[2500:]
    whole = ask(Range="bytes=2500-", If_Range='"another"')
    assert (whole.status_code, body(whole)) == (200, CONTENT)
    assert ask(Range="bytes=9999-").status_code == 416


@pytest.mark.parametrize(
    ("reader", "path", "status"),
    [
        ("stranger", PATH, 401),
        ("kiosk", PATH, 403),
        ("shop", "/feedsync/files/auth.user/password/", 404),
        ("shop", "/feedsync/files/library.attachment/code/", 404),
        ("shop", "/feedsync/files/library.copy/key/", 404),
    ],
)
def test_only_files_of_visible_feeds_are_given_out(reader: str, path: str, status: int) -> None:
    """Not to strangers, not of feeds that the reader may not see, nothing that is no replicated file."""
    attachment()
    measured()
    assert ask(path=path, reader=reader).status_code == status


@pytest.mark.parametrize(
    "parameters",
    [
        {"key": '["a"]', "sha256": "../../etc/passwd"},
        {"key": '["a"]'},
        {"key": "../../etc/passwd", "sha256": "0" * 64},
        {"key": "{}", "sha256": "0" * 64},
        {"key": '[["a"]]', "sha256": "0" * 64},
        {"key": "[" * 20_000, "sha256": "0" * 64},
        {"sha256": "0" * 64},
    ],
)
def test_no_request_can_name_a_path(parameters: dict[str, str]) -> None:
    """Only an object and a hash can be asked for: whatever else comes is refused."""
    attachment()
    measured()
    query = urlencode(parameters)
    response = reading.get(PATH, query=query)
    assert response.status_code in (400, 404), response
    assert not response.streaming


def test_a_file_that_no_row_names_is_given_to_nobody() -> None:
    """The row decides, not the table of known files."""
    instance = attachment()
    measured()
    Attachment.objects.filter(pk=instance.pk).update(file="")
    assert ask().status_code == 409


def test_a_file_that_was_written_over_is_published_anew() -> None:
    """The old content can't be had any more; the object is marked, so that the new one becomes known."""
    instance = attachment()
    measured()
    Mark.objects.all().delete()
    Path(instance.file.path).write_bytes(b"other")
    assert ask().status_code == 409
    assert Mark.objects.get().object_pk == str(instance.pk)


def test_a_file_that_vanished_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """The reader is told, and so is the log."""
    instance = attachment()
    measured()
    Path(instance.file.path).unlink()
    response = ask()
    assert (response.status_code, "not in the storage" in response.json()["error"]) == (404, True)
    assert [record.message for record in caplog.records if record.name == "feedsync.files"]


def test_a_storage_with_signed_urls_serves_by_itself(settings: Settings) -> None:
    """With FILE_REDIRECTS, where the URL is one of another server; a path of ours is never handed out."""
    settings.FEEDSYNC = {**reading.SETTINGS, "FILE_REDIRECTS": True}
    attachment()
    measured()
    assert ask().status_code == 200
    storages.use(settings, storages.Signing)
    response = ask()
    assert (response.status_code, response["Location"]) == (307, "https://bucket.example/attachments/a.bin?sig=1")


def test_an_export_that_hashes_is_not_silent() -> None:
    """Empty lines keep the connection alive, and mean nothing to who reads it."""
    for code in "abc":
        attachment(code)
    feed = registry.get("library.attachment")
    seconds = iter(range(0, 1_000, 3))
    said = list(ahead.measure(feed, rows.following(feed, None), monotonic=lambda: float(next(seconds))))
    assert said
    assert set(said) == {b"\n"}
    assert (
        len(list(messages.read(lines.split([b'{"export":1,"counts":{}}\n', *said, b'{"end":1,"counts":{}}\n'])))) == 2
    )
    assert list(ahead.measure(feed, rows.following(feed, None))) == []


@pytest.mark.django_db(transaction=True)
def test_asgi_streams_files_too() -> None:
    """Under ASGI the pieces come from an asynchronous generator."""
    attachment()
    measured()

    query = urlencode({"key": json.dumps(["a"]), "sha256": sha256(CONTENT)})
    assert b"".join(asyncio.run(over_asgi(PATH, query))) == CONTENT


def test_a_name_that_is_too_long_to_remember() -> None:
    """Told as a problem of that file; export and relay go on."""
    feed = registry.get("library.attachment")
    [column] = shape_of(feed).files
    found = measuring.measured(column, "default", ["a" * 1001])
    assert "longer than 1,000" in found["a" * 1001].problem
    assert not KnownFile.objects.exists()
