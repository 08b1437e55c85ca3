"""A hostile source: whatever it says or sends, nothing is written, and the log has one line without secrets."""

from __future__ import annotations

import gzip
import hashlib
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from consumers.apply import apply
from consumers.files.downloading import Download
from consumers.files.gathering import Pieces
from consumers.models import ParkedChange
from feedsync.errors import SourceAnswer
from feedsync.models import DeadChange, KnownFile
from tests.db.files.giving import asked, change, content_of, cut, fetch, gives, serving
from tests.db.pull import source as sources
from tests.library.models import Attachment
from tests.unit.http.server import Answer, Server, chunked, plain

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"what the file holds " * 1000
OCTETS = "application/octet-stream"


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = sources.SETTINGS


def nothing_was_written(media: Path, caplog: pytest.LogCaptureFixture) -> bool:
    lines = [record for record in caplog.records if record.name.startswith("feedsync")]
    assert len(lines) == 1, [record.getMessage() for record in lines]
    assert sources.SECRET not in str(vars(lines[0]))
    return not Attachment.objects.exists() and not KnownFile.objects.exists() and not any(media.rglob("*"))


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "attachments/../../outside.txt",
        "/etc/cron.d/ours",
        "C:/windows/ours",
        "C:\\windows\\ours",
        "attachments\\..\\..\\ours",
        "attachments/nul\0byte",
        "attachments/line\nbreak",
        "attachments//twice",
        "attachments/",
        ".",
        "a" * 1001,
    ],
)
def test_a_name_that_would_leave_the_storage(name: str, media: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The change is dead, and the file isn't asked for."""
    with serving(gives(CONTENT)) as server:
        assert apply([change("a", CONTENT, name=name)], using="default").dead == 1
        assert asked(server) == 0
    assert "refused" in DeadChange.objects.get().reason
    assert nothing_was_written(media, caplog)


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside.txt"])
def test_a_shared_storage_takes_no_such_name_either(name: str, settings: Settings) -> None:
    """Where only the reference moves."""
    settings.FEEDSYNC = {**sources.SETTINGS, "SHARED_FILES": ["studio"]}
    assert apply([change("a", CONTENT, name=name)], using="default").dead == 1
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    "lies",
    [{"sha256": "../../etc/passwd"}, {"sha256": 7}, {"size": -1}, {"size": "many"}, {"size": True}, {"size": 2**63}],
)
def test_a_content_that_is_none(lies: dict[str, Any], media: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A hash that is no hash, a size that is no size: dead."""
    assert apply([change("a", CONTENT, **lies)], using="default").dead == 1
    assert nothing_was_written(media, caplog)


def endless(handler: BaseHTTPRequestHandler) -> None:
    """More and more, without saying how much."""
    handler.send_response(200)
    handler.send_header("Content-Type", OCTETS)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


BOMB = gzip.compress(b"\0" * 50_000_000)
WEB_PAGE = plain(b"<html>", kind="text/html")
ANOTHER_RANGE = plain(CONTENT, status=206, kind=OCTETS, Content_Range="bytes 9-20008/20000")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (plain(CONTENT + b"x", kind=OCTETS), "announced"),
        (chunked([CONTENT, CONTENT]), "more than the announced"),
        (endless, "more than the announced"),
        (gives(CONTENT[::-1]), "another content"),
        (plain(BOMB, kind=OCTETS, Content_Encoding="gzip"), "compressed"),
        (chunked([BOMB], encoding="zstd"), "compressed"),
        (ANOTHER_RANGE, "another range"),
        (WEB_PAGE, "web page"),
    ],
)
def test_bytes_that_are_not_the_file(answer: Answer, told: str, media: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Too many, others, endless, compressed or of another range: the change stays parked, with the reason."""
    with serving(answer):
        apply([change("a", CONTENT)], using="default")
        fetch()
    assert told in ParkedChange.objects.get().detail
    assert nothing_was_written(media, caplog)


def test_a_resumed_transfer_of_another_content(media: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The first half of one file and the second of another are no file; it is tried once more from the start."""
    with serving(cut(CONTENT, 7_000), gives(CONTENT[::-1])) as server:
        apply([change("a", CONTENT)], using="default")
        fetch()
        assert asked(server) == 3
    assert "another content" in ParkedChange.objects.get().detail
    assert nothing_was_written(media, caplog)


def test_a_file_above_the_limit_is_not_asked_for(
    settings: Settings, media: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A source can't fill the disk."""
    settings.FEEDSYNC = {**sources.SETTINGS, "MAX_FILE_BYTES": 1000}
    with serving(gives(CONTENT)) as server:
        apply([change("a", CONTENT)], using="default")
        fetch()
        assert asked(server) == 0
    assert "MAX_FILE_BYTES" in ParkedChange.objects.get().detail
    assert nothing_was_written(media, caplog)


def test_a_stream_that_trickles_is_given_up(tmp_path: Path) -> None:
    """A byte now and then keeps a connection alive, and a worker busy, for ever."""
    [wanted] = _wanted(CONTENT)
    seconds = iter(range(0, 1_000_000, 20))
    with (tmp_path / "file").open("w+b") as file:
        download = Download(wanted, file, monotonic=lambda: float(next(seconds)))
        with pytest.raises(SourceAnswer, match="too slowly"):
            download.run(_Trickle())


class _Trickle:
    def open_file(self, *_: Any, **__: Any) -> Any:
        from contextlib import nullcontext

        return nullcontext(Pieces(iter([b"w"] * len(CONTENT))))

    def close(self) -> None: ...


def _wanted(content: bytes) -> Any:
    from consumers.files import wanted

    return wanted.of_changes([change("a", content)])


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/computeMetadata/v1/",
        "http://metadata.google.internal/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https://user:password@example.org/",
        "",
    ],
)
def test_a_redirect_to_where_we_must_not_go(target: str, media: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The rules for addresses hold there, too."""
    with serving(plain(b"", status=307, Location=target)):
        apply([change("a", CONTENT)], using="default")
        fetch()
    assert ParkedChange.objects.get().detail
    assert nothing_was_written(media, caplog)


def test_a_redirect_gets_no_credentials() -> None:
    """The storage behind a signed URL learns neither signature nor cookies; the bytes are verified as always."""
    with Server({"/bucket/a": gives(CONTENT)}) as bucket:
        sent = plain(b"", status=307, Location=f"{bucket.url}/bucket/a?sig=1", Set_Cookie="session=1")
        with serving(sent):
            apply([change("a", CONTENT)], using="default")
            fetch()
        with Attachment.objects.get().file.open() as file:
            assert file.read() == CONTENT
        assert bucket.paths == ["/bucket/a?sig=1"]
        assert not {"authorization", "cookie"} & bucket.headers[0].keys()


def test_a_second_redirect_is_not_followed(media: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One hop, and no further."""
    further = plain(b"", status=307, Location="http://127.0.0.1:1/")
    with Server({"/bucket/a": further}) as bucket, serving(plain(b"", status=307, Location=f"{bucket.url}/bucket/a")):
        apply([change("a", CONTENT)], using="default")
        fetch()
    assert "not followed" in ParkedChange.objects.get().detail
    assert nothing_was_written(media, caplog)


def test_the_hash_is_of_the_bytes() -> None:
    """The fixture tells the truth where it should."""
    assert content_of(CONTENT)["sha256"] == hashlib.sha256(CONTENT).hexdigest()
