"""A mirror's plan, its brake, and what comes after a wait or a kill (P5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from consumers.apply import apply
from consumers.models import DataPull, Removal, SeenKey
from consumers.pull import mirroring
from consumers.tasks import start
from feedsync import capture_disabled
from tests.db.pull import source as sources
from tests.db.pull.mirrored import ALL, MIRROR, MIRROR_DRY, TAGS, UNBRAKED, change, old, slugs
from tests.db.pull.pulling import again, pulled, resumed
from tests.db.pull.source import NOW, Source
from tests.library.models import Country, Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rows(source: Source, settings: Settings) -> None:
    source.rows = {**TAGS}
    settings.FEEDSYNC = UNBRAKED


def test_brake_waits_for_a_person(server: Server, source: Source, settings: Settings) -> None:
    """Beyond the limit the plan is stored and nothing goes, until somebody confirms."""
    settings.FEEDSYNC = {**sources.SETTINGS, "MIRROR_MAX_DELETIONS": 1, "MIRROR_MAX_SHARE": 1}
    old("gone")
    old("too")
    pull = pulled(server.url, mode=MIRROR)
    assert (pull.status, slugs()) == (DataPull.Status.CONFIRM, ALL | {"gone", "too"})
    assert pull.message == "library.tag: 2 would be removed, more than 1."
    numbers = {"created": 6, "updated": 0, "deleted": 2, "here": 8, "sent": 6}
    assert pull.progress["plan"] == {"library.tag": numbers}


@pytest.mark.parametrize(("share", "waits"), [(0.2, True), (0.25, False)])
def test_brake_knows_shares(server: Server, settings: Settings, share: float, waits: bool) -> None:
    """Two of eight are a quarter."""
    settings.FEEDSYNC = {**sources.SETTINGS, "MIRROR_MAX_SHARE": share}
    old("gone")
    old("too")
    assert (pulled(server.url, mode=MIRROR).status == DataPull.Status.CONFIRM) is waits


def test_brake_holds_where_a_feed_came_empty(server: Server, source: Source) -> None:
    """All of a feed is never removed without a person, however few they are."""
    source.rows["library.country"] = []
    with capture_disabled():
        Country.objects.create(code="GB", name="")
    pull = pulled(server.url, mode=MIRROR)
    assert (pull.status, Country.objects.count()) == (DataPull.Status.CONFIRM, 1)
    assert "the source sent none" in pull.message


def confirmed(pull: DataPull) -> DataPull:
    DataPull.objects.filter(pk=pull.pk).update(status=DataPull.Status.WAITING, confirmed_at="2026-01-01T00:00Z")
    return again(pull)


def test_p5_confirming_later_looks_again(server: Server, source: Source, settings: Settings) -> None:
    """What changed, was edited, or came to the source while the pull waited stays; what didn't goes."""
    settings.FEEDSYNC = sources.SETTINGS | {"MIRROR_MAX_DELETIONS": 1}
    for slug in ("gone", "edited", "changed", "back"):
        old(slug)
    pull = pulled(server.url, mode=MIRROR)
    assert pull.status == DataPull.Status.CONFIRM
    Tag.objects.get(slug="edited").save()
    apply([change("changed", 7, label="new")], using="default")
    source.unsent = ["back"]
    assert confirmed(pull).status == DataPull.Status.DONE
    assert slugs() == ALL | {"edited", "changed", "back"}
    assert (pull.progress["deleted"], pull.progress["kept"]) == (1, 3)
    assert "3 that the source doesn't have" in pull.message
    assert not Removal.objects.exists()


def test_confirmation_is_for_one_stream(server: Server, source: Source, settings: Settings) -> None:
    """A source that began a new life is read again, and asks again."""
    settings.FEEDSYNC = sources.SETTINGS | {"MIRROR_MAX_DELETIONS": 0}
    old("gone")
    pull = pulled(server.url, mode=MIRROR)
    source.incarnation = "second"
    assert confirmed(pull).status == DataPull.Status.CONFIRM
    assert pull.confirmed_at is None
    assert "gone" in slugs()


def test_waiting_pull_can_be_cancelled(server: Server, settings: Settings) -> None:
    """Then nothing goes; resuming asks again."""
    settings.FEEDSYNC = sources.SETTINGS | {"MIRROR_MAX_DELETIONS": 0}
    old("gone")
    pull = pulled(server.url, mode=MIRROR)
    assert start.cancel(pull.pk)
    assert resumed(pull).status == DataPull.Status.CONFIRM
    assert "gone" in slugs()


def test_rehearsal_of_a_mirror_writes_nothing(server: Server, source: Source) -> None:
    """It says what would be created and removed; deletions that the source sent aren't counted twice."""
    old("gone")
    old("buried")
    source.tombstones = [("library.tag", {"k": ["buried"], "v": NOW - 1, "d": True})]
    pull = pulled(server.url, mode=MIRROR_DRY)
    assert slugs() == {"gone", "buried"}
    assert pull.progress["plan"]["library.tag"] == {"created": 6, "updated": 0, "deleted": 1, "here": 2, "sent": 6}
    assert "A mirror would remove 1." in pull.message
    assert not Removal.objects.exists()


def take_over() -> None:
    """Another worker has the pull now, as after a kill; called in a thread of the server."""
    DataPull.objects.update(worker="another")
    connections.close_all()


def test_killed_in_the_middle_it_goes_on(server: Server, source: Source, settings: Settings) -> None:
    """Whoever takes over removes what is left, and counts each object once."""
    with capture_disabled():
        Tag.objects.bulk_create(Tag(slug=f"old{number}") for number in range(mirroring.BATCH + 50))
    asked = server.answers["/feedsync/absent/"]

    def dying(handler: Any) -> None:
        if len(source.absences) == 2:  # asked for the plan, and for the first batch
            take_over()
        asked(handler)

    server.answers["/feedsync/absent/"] = dying
    pull = pulled(server.url, mode=MIRROR)
    assert pull.status == DataPull.Status.RUNNING
    assert (Tag.objects.count(), Removal.objects.count()) == (56, 50)
    DataPull.objects.update(heartbeat_at=None)
    assert again(pull).status == DataPull.Status.DONE
    assert (pull.progress["deleted"], slugs()) == (mirroring.BATCH + 50, ALL)


def test_killed_while_it_planned_it_plans_again(server: Server, source: Source) -> None:
    """What was planned before is not planned twice, and what was seen is still known."""
    old("gone")
    asked = server.answers["/feedsync/absent/"]

    def dying(handler: Any) -> None:
        if not source.absences:
            take_over()
        asked(handler)

    server.answers["/feedsync/absent/"] = dying
    pull = pulled(server.url, mode=MIRROR)
    assert SeenKey.objects.count() == 6
    DataPull.objects.update(heartbeat_at=None)
    assert again(pull).progress["deleted"] == 1
    assert slugs() == ALL


def test_p5_what_changes_while_the_source_is_asked_stays(server: Server, source: Source) -> None:
    """A third environment's change with an old version: the answer was about another state of the object."""
    old("gone")
    asked = server.answers["/feedsync/absent/"]

    def overtaken(handler: Any) -> None:
        if len(source.absences) == 1:  # asked for the plan
            apply([change("gone", -4, "lab")], using="default")
            connections.close_all()
        asked(handler)

    server.answers["/feedsync/absent/"] = overtaken
    pull = pulled(server.url, mode=MIRROR)
    assert (pull.progress["kept"], pull.progress["deleted"]) == (1, 0)
    assert "gone" in slugs()
