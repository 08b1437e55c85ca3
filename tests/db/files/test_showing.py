"""What a person sees of files: status, admin, the page of a pull, and the checks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django import Settings

from consumers.apply import apply
from feedsync import registry, snapshot, status
from feedsync.models import KnownFile
from tests.db.files.giving import PATH, change, fetch, gives, row, serving
from tests.db.pull import source as sources
from tests.db.pull.pulling import pulled
from tests.library.models import Attachment
from tests.unit.http.server import plain

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])
CONTENT = b"what the file holds"
GONE = plain(b'{"error": "gone"}', status=404)


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = sources.SETTINGS


def lost() -> Attachment:
    """Its file is missing at the source."""
    instance = Attachment.objects.create(code="a", file=ContentFile(CONTENT, "a.txt"))
    Path(instance.file.path).unlink()
    feed = registry.get("library.attachment")
    snapshot.by_pks(feed, "default", [instance.pk], measure=True)
    return instance


def titles() -> list[str]:
    return [table.title for table in status.tables(status.report()) if table.rows]


def test_status_names_a_file_that_can_not_be_sent() -> None:
    """As long as a row names it."""
    instance = lost()
    assert status.report()["databases"]["default"]["files"] == {
        "known": 1,
        "problems": ["library.attachment.file: attachments/a.txt: It is not in the storage."],
    }
    assert "Files that can't be sent" in titles()
    instance.delete()
    assert status.report()["databases"]["default"]["files"]["problems"] == []


def test_status_counts_files_that_do_not_come() -> None:
    """Those that wait, and of these those that failed, with what the last one said."""
    with serving(GONE):
        apply([change("a", CONTENT)], using="default")
        parked = status.report()["consumers"]["parked"]["default"]
        assert (parked["reasons"]["file"], parked["failing_files"]) == (1, 0)
        fetch()
    parked = status.report()["consumers"]["parked"]["default"]
    assert (parked["reasons"]["file"], parked["failing_files"]) == (1, 1)
    assert "gone" in parked["last_failure"]
    assert "Files that don't come" in titles()


def test_a_change_that_comes_again_keeps_what_is_known_of_its_file() -> None:
    """Pub/Sub delivers twice: the reason why the file didn't come stays."""
    with serving(GONE):
        apply([change("a", CONTENT)], using="default")
        fetch()
    apply([change("a", CONTENT)], using="default")
    assert status.report()["consumers"]["parked"]["default"]["failing_files"] == 1


def test_the_admin_shows_all_of_it(admin_client: Client) -> None:
    """Known files with their problems, parked changes with their reason, a pull with its files."""
    lost()
    page = admin_client.get("/admin/feedsync/knownfile/?problem=yes")
    assert "It is not in the storage." in page.content.decode()
    KnownFile.objects.all().delete()
    with serving(GONE, rows=[row("b", CONTENT), row("c", b"c")]) as server:
        server.answers[PATH] = gives(CONTENT)
        pull = pulled(server.url)
    shown = admin_client.get(f"/admin/feedsync_consumers/datapull/{pull.pk}/change/").content.decode()
    assert "Files stored" in shown
    assert "Files that did not come" in shown
    parked = admin_client.get("/admin/feedsync_consumers/parkedchange/").content.decode()
    assert "a file of it is not here yet" in parked


def test_a_rehearsal_fetches_nothing() -> None:
    """What a pull would bring is counted without a transfer."""
    with serving(gives(CONTENT), rows=[row("a", CONTENT)]) as server:
        pull = pulled(server.url, mode="dry_run")
        assert [path for path in server.paths if path.startswith(PATH)] == []
    assert (pull.status, Attachment.objects.count()) == ("done", 0)
