"""The replica's side: a row waits for its file, which is fetched, verified, stored once, and never twice."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from pytest_django import Settings

from consumers.apply import apply
from consumers.files import waiting, wanted
from consumers.files.gathering import gather
from consumers.files.sources import opener
from consumers.models import ParkedChange
from consumers.pull.run import run
from consumers.retry import retry_parked
from feedsync.models import KnownFile, Mark
from tests.db.files import storages
from tests.db.files.giving import PATH, asked, change, content_of, cut, fetch, gives, row, serving
from tests.db.pull import source as sources
from tests.db.pull.pulling import World, pulled
from tests.db.pull.pulling import waiting as waiting_pull
from tests.library.models import Attachment
from tests.unit.http.server import plain

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"what the file holds " * 1000


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = sources.SETTINGS


def file_of(code: str) -> bytes | None:
    attachment = Attachment.objects.get(code=code)
    if not attachment.file:
        return None
    with attachment.file.open() as file:
        return bytes(file.read())


def stored(media: Path) -> int:
    return sum(path.is_file() for path in media.rglob("*"))


def test_a_row_waits_for_its_file() -> None:
    """Parked with the reason "file" before anything else happens; written when the file is here."""
    with serving(gives(CONTENT)):
        assert apply([change("a", CONTENT)], using="default").parked == 1
        assert ParkedChange.objects.get().reason == "file"
        assert not Attachment.objects.exists()
        assert fetch().outcome.created == 1
    assert file_of("a") == CONTENT
    assert not ParkedChange.objects.exists()
    assert not Mark.objects.exists()


def test_the_old_file_stays_until_the_new_one_is_here() -> None:
    """A replaced file: the row shows the former one, and then the new one."""
    with serving(gives(CONTENT), gives(b"new")):
        apply([change("a", CONTENT)], using="default")
        fetch()
        apply([change("a", b"new", version=1)], using="default")
        assert file_of("a") == CONTENT
        fetch()
    assert file_of("a") == b"new"


def test_a_cleared_file_is_cleared() -> None:
    """The field is emptied, and nothing is fetched."""
    with serving(gives(CONTENT)) as server:
        apply([change("a", CONTENT)], using="default")
        fetch()
        assert apply([change("a", None, version=1)], using="default").updated == 1
        assert (file_of("a"), asked(server)) == (None, 1)


def test_what_is_out_of_date_fetches_nothing() -> None:
    """A newer change arrives while the file is awaited: the older one is let go."""
    with serving(gives(CONTENT)) as server:
        apply([change("a", CONTENT)], using="default")
        apply([change("a", None, version=1)], using="default")
        assert apply([change("a", CONTENT)], using="default").superseded == 1
        assert not ParkedChange.objects.exists()
        assert (fetch().changes, asked(server)) == (0, 0)


def test_no_change_joins_another_without_its_file() -> None:
    """Whoever is tried again, a file that isn't here keeps its row from being written."""
    apply([change("a", CONTENT)], using="default")
    assert retry_parked(ParkedChange.objects.all()).created == 0
    assert ParkedChange.objects.get().reason == "file"


def test_one_file_of_two_rows_is_fetched_once(media: Path) -> None:
    """The same name and content: one transfer, one file."""
    with serving(gives(CONTENT)) as server:
        apply([change(code, CONTENT, name="attachments/shared.txt") for code in "ab"], using="default")
        fetch()
        assert asked(server) == 1
    assert (file_of("a"), file_of("b"), stored(media)) == (CONTENT, CONTENT, 1)


def test_a_renamed_file_is_not_transferred_again() -> None:
    """The content is here under another name: it is copied."""
    with serving(gives(CONTENT)) as server:
        apply([change("a", CONTENT)], using="default")
        fetch()
        apply([change("a", CONTENT, name="attachments/renamed.txt", version=1)], using="default")
        fetch()
        assert asked(server) == 1
    assert Attachment.objects.get().file.name == "attachments/renamed.txt"


@pytest.mark.parametrize("kind", [storages.Renaming, storages.Overwriting, storages.Timeless])
def test_any_storage_will_do(settings: Settings, kind: type[Storage]) -> None:
    """One that chooses names, one that overwrites, one in memory: a second pull fetches and writes nothing."""
    storages.use(settings, kind)
    with serving(gives(CONTENT), rows=[row("a", CONTENT)]) as server:
        first, second = pulled(server.url), pulled(server.url)
        assert asked(server) == 1
    assert (first.status, second.status) == ("done", "done"), first.message
    assert (first.progress["created"], second.progress["unchanged"]) == (1, 1)
    assert file_of("a") == CONTENT


@pytest.mark.parametrize("kind", [FileSystemStorage, storages.Overwriting])
def test_a_name_that_is_taken_is_left_to_whoever_has_it(settings: Settings, kind: type[Storage]) -> None:
    """A local file of that name keeps its content, whatever the storage would do."""
    storages.use(settings, kind)
    default_storage.save("attachments/a.txt", ContentFile(b"ours"))
    with serving(gives(CONTENT), rows=[row("a", CONTENT)]) as server:
        pulled(server.url)
    with default_storage.open("attachments/a.txt") as file:
        assert file.read() == b"ours"
    assert file_of("a") == CONTENT


def test_a_file_that_lies_there_already_is_adopted(media: Path) -> None:
    """Stored by somebody who died before it was noted, or copied by hand: nothing is transferred."""
    default_storage.save("attachments/a.txt", ContentFile(CONTENT))
    with serving(gives(CONTENT), rows=[row("a", CONTENT)]) as server:
        pulled(server.url)
        assert asked(server) == 0
    assert (file_of("a"), stored(media)) == (CONTENT, 1)


def test_an_empty_file_is_a_file() -> None:
    """Nothing has to be asked for."""
    with serving(gives(b"")) as server:
        apply([change("a", b"")], using="default")
        fetch()
        assert asked(server) == 0
    assert file_of("a") == b""


def test_a_cut_transfer_goes_on_where_it_stopped() -> None:
    """The rest is asked for, on the condition that it is the same content."""
    with serving(cut(CONTENT, 7_000), gives(CONTENT)) as server:
        apply([change("a", CONTENT)], using="default")
        result = fetch()
    ranges = [headers.get("range") for headers in server.headers]
    assert (ranges[0], ranges[1]) == (None, "bytes=7000-")
    assert (file_of("a"), result.files.received) == (CONTENT, len(CONTENT))


def test_a_source_that_does_not_know_ranges_starts_again() -> None:
    """A whole answer to a request for a part: from its first byte."""
    with serving(cut(CONTENT, 7_000), plain(CONTENT, kind="application/octet-stream")):
        apply([change("a", CONTENT)], using="default")
        fetch()
    assert file_of("a") == CONTENT


def test_a_file_that_the_source_lost_is_told(media: Path) -> None:
    """The change stays parked with what the source said, and is tried later and later."""
    with serving(plain(b'{"error": "It is not in the storage."}', status=404)):
        apply([change("a", CONTENT)], using="default")
        fetch()
        parked = ParkedChange.objects.get()
        assert "It is not in the storage." in parked.detail
        assert parked.retry_at is not None
        assert waiting.fetch("default").changes == 0
        later = dt.datetime.now(tz=dt.UTC) + dt.timedelta(hours=1)
        assert waiting.fetch("default", tools=waiting.Tools(now=lambda: later)).changes == 1
    assert stored(media) == 0


def test_a_name_without_a_content_leaves_the_row_its_file() -> None:
    """The source doesn't replicate the file: what the row has here is its own."""
    instance = Attachment.objects.create(code="a", file=ContentFile(b"ours", "mine.txt"))
    Mark.objects.all().delete()
    fields = {"code": "a", "file": "attachments/theirs.txt"}
    told = change("a", None)
    object.__setattr__(told, "fields", fields)
    assert apply([told], using="default").parked == 0
    instance.refresh_from_db()
    assert instance.file.name == "attachments/mine.txt"


@pytest.mark.parametrize("shared", [True, ["studio"]])
def test_a_shared_storage_moves_only_the_reference(settings: Settings, shared: bool | list[str]) -> None:
    """The name is written as it is, and nothing is asked for; a second pull writes nothing."""
    settings.FEEDSYNC = {**sources.SETTINGS, "SHARED_FILES": shared}
    with serving(gives(CONTENT), rows=[row("a", CONTENT)]) as server:
        first, second = pulled(server.url), pulled(server.url)
        assert asked(server) == 0
    assert (first.progress["created"], second.progress["unchanged"]) == (1, 1)
    assert Attachment.objects.get().file.name == "attachments/a.txt"
    assert not KnownFile.objects.exists()


def test_a_pull_goes_on_without_a_file_that_does_not_come() -> None:
    """The others arrive; the pull counts what failed, and the next one brings it."""
    rows = [row("a", CONTENT), row("b", b"b")]
    with serving(plain(b"", status=404), rows=rows) as server:
        server.answers["/feedsync/files/library.attachment/file/"] = plain(b'{"error": "gone"}', status=404)
        first = pulled(server.url)
        assert (first.status, first.progress["parked"], first.progress["files"]["failed"]) == ("done", 2, 2)
        server.answers["/feedsync/files/library.attachment/file/"] = gives(CONTENT)
        second = pulled(server.url)
    assert (second.progress["created"], second.progress["files"]["stored"]) == (1, 1)
    assert file_of("a") == CONTENT
    assert [parked.key for parked in ParkedChange.objects.all()] == ['["b"]']


def test_a_pull_with_little_time_leaves_files_for_later() -> None:
    """A step of a chain of tasks ends in time: the pull moves on, and the change waits with its file."""
    started: list[float] = []

    def slow(handler: BaseHTTPRequestHandler) -> None:
        started.append(1)
        server.released.wait(20)

    with serving(slow, rows=[row("a", CONTENT)]) as server:
        pull = waiting_pull(server.url)
        tools = replace(World(read_seconds=3).tools(), seconds=0.1)
        assert run(pull.pk, tools=tools) == "waiting"
        pull.refresh_from_db()
        assert (pull.progress["cursor"], pull.progress["parked"]) == ("1", 1)
        server.answers[PATH] = gives(CONTENT)
        assert run(pull.pk, tools=replace(tools, seconds=None)) == "done"
        fetch()
    assert (len(started), file_of("a")) == (1, CONTENT)


def test_a_pull_mends_a_file_that_was_written_over_here() -> None:
    """What the row shows is the source's content again; the other content stays where it was put."""
    with serving(gives(CONTENT), rows=[row("a", CONTENT)]) as server:
        pulled(server.url)
        Path(Attachment.objects.get().file.path).write_bytes(b"ours")
        again = pulled(server.url)
        assert (again.progress["updated"], asked(server)) == (1, 2)
    assert file_of("a") == CONTENT


def test_a_file_with_a_new_time_is_not_transferred_again(settings: Settings) -> None:
    """A restored storage has new times: files are read here once more, and that is all."""
    storages.use(settings, storages.Renaming)
    with serving(gives(CONTENT), rows=[row("a", CONTENT)]) as server:
        pulled(server.url)
        os.utime(Attachment.objects.get().file.path, ns=(1, 1))
        again = pulled(server.url)
        assert (again.progress["unchanged"], asked(server)) == (1, 1)
    assert KnownFile.objects.get().modified.startswith("1970")


def test_who_dies_before_the_row_is_written_has_not_fetched_in_vain() -> None:
    """The file is stored and noted, its change still parked: the next one writes the row without a transfer."""
    with serving(gives(CONTENT)) as server:
        apply([change("a", CONTENT)], using="default")
        gather("default", wanted.lacking("default", [change("a", CONTENT)]), opener("studio"))
        assert not Attachment.objects.exists()
        assert fetch().outcome.created == 1
        assert asked(server) == 1
    assert file_of("a") == CONTENT


def test_two_contents_of_one_name_do_not_write_over_each_other(settings: Settings) -> None:
    """Written over at the source between two changes: one after the other, whatever the storage does on a clash."""
    storages.use(settings, storages.Overwriting)
    contents = {content_of(content)["sha256"]: content for content in (b"one", b"other")}

    def by_hash(handler: BaseHTTPRequestHandler) -> None:
        gives(contents[handler.path.rpartition("sha256=")[2]])(handler)

    with serving(by_hash):
        both = [change("a", b"one", name="attachments/x.txt"), change("b", b"other", name="attachments/x.txt")]
        apply(both, using="default")
        while fetch().changes:
            pass
    assert (file_of("a"), file_of("b")) == (b"one", b"other")
