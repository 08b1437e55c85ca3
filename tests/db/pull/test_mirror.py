"""A mirror: what it removes, what it leaves, its plan, its brake, and what comes after a kill (P5)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_django import Settings

from consumers import parking
from consumers.apply import apply
from consumers.models import DataPull, ParkedChange, Removal, SeenKey
from consumers.parking import Reason, Waiting
from consumers.pull import mirroring
from consumers.report import reading
from consumers.tasks import start
from feedsync import capture_disabled, ledger, natural_keys, registry, snapshot
from feedsync.ledger import Entry
from feedsync.models import DeadChange, LedgerEntry, Mark
from feedsync.wire.page import Change
from tests.db.pull import source as sources
from tests.db.pull.pulling import again, pulled, resumed, waiting
from tests.db.pull.source import NOW, Source, country, tag
from tests.library.models import Copy, Country, Language, Tag
from tests.unit.http.server import Server, plain

pytestmark = pytest.mark.django_db(transaction=True)
MIRROR, MIRROR_DRY = DataPull.Mode.MIRROR, DataPull.Mode.MIRROR_DRY
FREE = {"MIRROR_MAX_DELETIONS": 1000, "MIRROR_MAX_SHARE": 1}


@pytest.fixture(autouse=True)
def _rows(source: Source, settings: Settings) -> None:
    source.rows = {"library.tag": [tag(f"t{number}") for number in range(6)]}
    settings.FEEDSYNC = {**sources.SETTINGS, **FREE}


def slugs() -> set[str]:
    return set(Tag.objects.values_list("slug", flat=True))


def old(slug: str, version: int = -5, origin: str = "studio") -> Tag:
    """A tag that came by the feed before the pull."""
    apply([change(slug, version, origin)], using="default")
    return Tag.objects.get(slug=slug)


def change(slug: str, version: int, origin: str = "studio", *, label: str = "") -> Change:
    fields = {"slug": slug, "label": label}
    key = natural_keys.text([slug])
    return Change(feed="library.tag", key=key, version=NOW + version, origin=origin, fields=fields)


def entry(slug: str) -> LedgerEntry:
    return LedgerEntry.objects.get(feed="library.tag", key=natural_keys.text([slug]))


ALL = {f"t{number}" for number in range(6)}


def test_p5_mirror_makes_the_replica_equal(server: Server, source: Source) -> None:
    """What the source doesn't have goes, whether it came from there once or was never anywhere else."""
    old("gone")
    with capture_disabled():
        Tag.objects.create(slug="mine")
    pull = pulled(server.url, mode=MIRROR)
    assert (pull.status, slugs()) == (DataPull.Status.DONE, ALL)
    assert pull.progress["deleted"] == 2
    assert not Removal.objects.exists()
    assert not SeenKey.objects.exists()


def test_p5_removal_keeps_the_version_and_is_not_published(server: Server) -> None:
    """No mark, no tombstone that an export would send; the ledger's version is what it was."""
    old("gone")
    pulled(server.url, mode=MIRROR)
    assert not Mark.objects.exists()
    assert (entry("gone").version, entry("gone").deleted_at, entry("gone").object_pk) == (NOW - 5, None, None)


def test_p5_old_change_does_not_bring_it_back_and_a_newer_one_does(server: Server) -> None:
    """Deletion is remembered by the version."""
    old("gone")
    pulled(server.url, mode=MIRROR)
    apply([change("gone", -5)], using="default")
    assert "gone" not in slugs()
    apply([change("gone", -4)], using="default")
    assert "gone" in slugs()


def test_p5_younger_than_the_streams_first_line_stays(server: Server) -> None:
    """What came by the feed while the stream ran is nobody's leftover."""
    old("fresh", version=0)
    assert pulled(server.url, mode=MIRROR).progress["deleted"] == 0
    assert "fresh" in slugs()


def test_p5_marked_stays(server: Server, source: Source) -> None:
    """A local edit that nobody has heard of yet is not removed, and the source isn't even asked."""
    Tag.objects.create(slug="edited")
    pulled(server.url, mode=MIRROR)
    assert "edited" in slugs()
    assert source.absences == []


def test_p5_parked_change_keeps_its_object(server: Server) -> None:
    """Something of the object is still to come."""
    old("waits")
    parking.park("default", [Waiting(change=change("waits", -1), reason=Reason.CLOCK)])
    pulled(server.url, mode=MIRROR)
    assert "waits" in slugs()
    assert ParkedChange.objects.count() == 1


def test_p5_source_is_asked_last(server: Server, source: Source) -> None:
    """An object that no stream brought, and that the source has all the same, stays."""
    old("unsent")
    old("gone")
    source.unsent = ["unsent"]
    pulled(server.url, mode=MIRROR)
    assert slugs() == ALL | {"unsent"}


@pytest.mark.parametrize(
    "lie", [{"environment": "lab"}, {"incarnation": "x"}, {"asked": 9}, {"absent": [7]}, {"absent": 1}]
)
def test_p5_unclear_answer_removes_nothing(server: Server, source: Source, lie: dict[str, Any]) -> None:
    """An answer of somebody else, or to another question, ends the pull."""
    old("gone")
    body = {"environment": "studio", "incarnation": "first", "asked": 1, "absent": [0], **lie}
    server.answers["/feedsync/absent/"] = plain(json.dumps(body).encode())
    pull = pulled(server.url, mode=MIRROR)
    assert (pull.status, "gone" in slugs()) == (DataPull.Status.FAILED, True)
    assert "nothing is removed" in pull.message


def test_no_wipe_by_an_empty_export(server: Server, source: Source) -> None:
    """A source without a single object removes none, even if any number was allowed."""
    old("gone")
    source.rows = {"library.tag": []}
    pull = waiting(server.url, mode=MIRROR)
    DataPull.objects.update(progress={"allowed": True})
    assert again(pull).status == DataPull.Status.DONE
    assert slugs() == {"gone"}
    assert "sent no object at all" in pull.message


def test_no_wipe_by_a_cut_stream(server: Server, source: Source) -> None:
    """Without its end line nothing is planned."""
    old("gone")
    source.cut_after, source.cut_forever = 1, True
    pull = pulled(server.url, mode=MIRROR)
    assert (pull.status, "gone" in slugs()) == (DataPull.Status.FAILED, True)
    assert source.absences == []


def test_no_wipe_by_an_end_line_that_came_too_early(server: Server, source: Source) -> None:
    """A stream that says that it brought more than it did is not believed."""
    old("gone")
    source.claimed = {"library.tag": 7}
    pull = pulled(server.url, mode=MIRROR)
    assert pull.status == DataPull.Status.FAILED
    assert "brought fewer" in pull.message
    assert "gone" in slugs()


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


def landed() -> None:
    """As if all marks had been relayed long ago."""
    for mark in Mark.objects.all():
        [row] = snapshot.by_pks(registry.get(mark.feed), "default", [mark.object_pk])
        known = Entry.of(mark.feed, row.key, object_pk=mark.object_pk, version=NOW - 9, origin="shop")
        ledger.put("default", [known])
    Mark.objects.all().delete()


def test_p4_no_cascade_into_the_living(server: Server, source: Source) -> None:
    """A country whose language was edited here stays, the report says why, and nothing is parked or dead."""
    source.rows = {"library.country": [country("GB")], "library.language": []}
    language = Language.objects.create(country=Country.objects.create(code="FR", name=""), code="fr")
    landed()
    language.save()
    pull = pulled(server.url, mode=MIRROR)
    assert (pull.status, pull.progress["kept"]) == (DataPull.Status.DONE, 1)
    assert set(Country.objects.values_list("code", flat=True)) == {"FR", "GB"}
    assert not ParkedChange.objects.exists()
    assert not DeadChange.objects.exists()
    assert "depends on it" in "".join(reading.pieces(pull))


def test_p4_rows_that_only_the_replica_has_hold_their_parents(server: Server, source: Source) -> None:
    """What the pull doesn't mirror is not taken along."""
    source.rows = {"library.country": [country("GB")]}
    with capture_disabled():
        Language.objects.create(country=Country.objects.create(code="FR", name=""), code="fr")
    pull = pulled(server.url, mode=MIRROR)
    assert (Language.objects.count(), pull.progress["kept"]) == (1, 1)
    assert "only this environment has" in "".join(reading.pieces(pull))


def test_children_go_before_their_parents(server: Server, source: Source) -> None:
    """A country with languages and copies that the source has no more goes with all of them."""
    source.rows = {"library.copy": [], "library.language": [], "library.country": [country("GB")]}
    language = Language.objects.create(country=Country.objects.create(code="FR", name=""), code="fr")
    Copy.objects.create(language=language, key="title")
    landed()
    pull = waiting(server.url, mode=MIRROR)
    DataPull.objects.update(progress={"allowed": True})
    assert again(pull).progress["deleted"] == 3
    assert list(Country.objects.values_list("code", flat=True)) == ["GB"]


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


def test_killed_in_the_middle_it_goes_on(server: Server, source: Source, settings: Settings) -> None:
    """Whoever takes over removes what is left, and counts each object once."""
    with capture_disabled():
        Tag.objects.bulk_create(Tag(slug=f"old{number}") for number in range(mirroring.BATCH + 50))
    asked = server.answers["/feedsync/absent/"]

    def dying(handler: Any) -> None:
        asked(handler)
        if len(source.absences) == 3:  # for the plan, then once for each batch
            DataPull.objects.update(worker="another")

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
    answers = [lambda handler: DataPull.objects.update(worker="another"), server.answers["/feedsync/absent/"]]
    asked = server.answers["/feedsync/absent/"]
    first = iter(answers[:1])

    def dying(handler: Any) -> None:
        for die in first:
            die(handler)
        asked(handler)

    server.answers["/feedsync/absent/"] = dying
    pull = pulled(server.url, mode=MIRROR)
    assert SeenKey.objects.count() == 6
    DataPull.objects.update(heartbeat_at=None)
    assert again(pull).progress["deleted"] == 1
    assert slugs() == ALL
