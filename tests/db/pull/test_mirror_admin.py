"""A mirror in the admin: started, looked at, confirmed or cancelled."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import Settings

from consumers.models import DataPull, DataSource
from feedsync import capture_disabled
from tests.db.pull import source as sources
from tests.db.pull.mirrored import ALL, MIRROR, TAGS, slugs
from tests.db.pull.pulling import pulled
from tests.db.pull.source import Source
from tests.db.pull.test_admin import PULLS, SOURCES, act, text
from tests.library.models import Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(server: Server, source: Source, settings: Settings) -> DataPull:
    """A mirror that would remove more than it may."""
    settings.FEEDSYNC = {**sources.SETTINGS, "MIRROR_MAX_DELETIONS": 2}
    source.rows = {**TAGS}
    with capture_disabled():
        Tag.objects.bulk_create(Tag(slug=f"stray-{place:02}") for place in range(25))
    return pulled(server.url, mode=MIRROR)


def test_page_shows_the_plan(admin_client: Client, waiting: DataPull) -> None:
    """Numbers of each feed, the first objects that would go, why it waits, and what can be done."""
    page = text(admin_client, f"{PULLS}{waiting.pk}/change/")
    assert "Waits for confirmation" in page
    assert "25 would be removed, more than 2." in page
    assert "stray-24, stray-23" in page
    assert "and 15 more" in page
    assert "25 to remove" in text(admin_client, PULLS)
    assert "Confirm removals…" in page
    assert "http-equiv" not in page


def test_confirmation_page_shows_the_plan_and_confirming_removes(admin_client: Client, waiting: DataPull) -> None:
    """Nothing goes before the second click; then who confirmed is noted."""
    page = act(admin_client, PULLS, "confirm", waiting.pk, confirmed=False)
    assert "Remove them?" in page
    assert "stray-24, stray-23" in page
    assert len(slugs()) == 31
    page = act(admin_client, PULLS, "confirm", waiting.pk)
    assert slugs() == ALL
    waiting.refresh_from_db()
    assert (waiting.status, waiting.confirmed_by) == (DataPull.Status.DONE, "admin")
    assert "removes what was planned" in page
    assert "What was planned" in page


def test_confirming_twice_does_nothing(admin_client: Client, waiting: DataPull) -> None:
    """A second click, or one on a pull that is over, says so."""
    act(admin_client, PULLS, "confirm", waiting.pk)
    assert "wait for a confirmation" in act(admin_client, PULLS, "confirm", waiting.pk)


def test_cancelling_keeps_everything(admin_client: Client, waiting: DataPull) -> None:
    """No is an answer."""
    act(admin_client, PULLS, "cancel", waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, len(slugs())) == (DataPull.Status.CANCELLED, 31)


def test_whoever_may_only_look_cannot_confirm(client: Client, django_user_model: Any, waiting: DataPull) -> None:
    """It needs the permission to change."""
    user = django_user_model.objects.create_user("reader", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    assert "Confirm removals" not in text(client, f"{PULLS}{waiting.pk}/change/")
    act(client, PULLS, "confirm", waiting.pk)
    assert len(slugs()) == 31


@pytest.mark.parametrize(("action", "number"), [("mirror", 31), ("rehearse_mirror", 25)])
def test_started_from_the_data_source(
    admin_client: Client, server: Server, source: Source, waiting: DataPull, action: str, number: int
) -> None:
    """Both ask first."""
    DataPull.objects.all().delete()
    Tag.objects.filter(slug__in=ALL).delete()
    owner = DataSource.objects.get()
    assert "Start?" in act(admin_client, SOURCES, action, owner.pk, confirmed=False)
    assert not DataPull.objects.exists()
    act(admin_client, SOURCES, action, owner.pk)
    assert Tag.objects.filter(slug__startswith="stray").count() == 25
    assert DataPull.objects.get().mode == {"mirror": "mirror", "rehearse_mirror": "mirror_dry"}[action]
