"""Files of changes that are pushed: no consumer runs, so whoever takes the push fetches them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from consumers.models import DataSource, ParkedChange
from feedsync.wire.page import encode_pages
from tests.db.doors.calling import CHORES, SUBSCRIPTION, Google
from tests.db.files.giving import PATH, change, gives
from tests.library.models import Attachment
from tests.unit.http.server import Answer, Server, plain

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"what the file holds"
ATTRIBUTES = {"feed": "library.attachment", "origin": "studio", "wire": "1"}


def push(google: Google, settings: Settings, media: Path, answer: Answer) -> int:
    settings.MEDIA_ROOT = media
    [page] = encode_pages([change("a", CONTENT)], incarnation="i")
    with Server({PATH: answer}) as server:
        source = DataSource(env_name="studio", env_url=server.url, subscription=SUBSCRIPTION, delivery="push")
        DataSource.objects.bulk_create([source])
        return int(google.push(page.data, attributes=ATTRIBUTES).status_code)


def test_a_pushed_change_brings_its_file(google: Google, settings: Settings, tmp_path: Path) -> None:
    """Acknowledged, with row and file in place."""
    assert push(google, settings, tmp_path, gives(CONTENT)) == 204
    with Attachment.objects.get().file.open() as file:
        assert file.read() == CONTENT


def test_a_file_that_does_not_come_is_no_reason_to_push_again(
    google: Google, settings: Settings, tmp_path: Path
) -> None:
    """The change is kept here, with the reason."""
    assert push(google, settings, tmp_path, plain(b'{"error": "gone"}', status=404)) == 204
    assert "gone" in ParkedChange.objects.get().detail


def test_chores_fetch_what_a_push_could_not(google: Google, settings: Settings, tmp_path: Path) -> None:
    """Nothing else is pushed: Cloud Scheduler's call brings the file when it is due."""
    push(google, settings, tmp_path, plain(b'{"error": "gone"}', status=404))
    assert google.call(CHORES).status_code == 200
    assert not Attachment.objects.exists()
    ParkedChange.objects.update(retry_at=None)
    with Server({PATH: gives(CONTENT)}) as server:
        DataSource.objects.update(env_url=server.url)
        assert google.call(CHORES).status_code == 200
    assert Attachment.objects.exists()
    assert not ParkedChange.objects.exists()
