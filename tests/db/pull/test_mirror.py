"""A mirror: what it removes, and what it leaves (P5)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_django import Settings

from consumers import parking
from consumers.apply import apply
from consumers.models import DataPull, ParkedChange, Removal, SeenKey
from consumers.parking import Reason, Waiting
from consumers.report import reading
from feedsync import capture_disabled, ledger, natural_keys, registry, snapshot
from feedsync.ledger import Entry
from feedsync.models import DeadChange, LedgerEntry, Mark
from tests.db.pull.mirrored import ALL, MIRROR, TAGS, UNBRAKED, change, old, slugs
from tests.db.pull.pulling import again, pulled, waiting
from tests.db.pull.source import NOW, Source, country
from tests.library.models import Copy, Country, Language, Tag
from tests.unit.http.server import Server, plain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rows(source: Source, settings: Settings) -> None:
    source.rows = {**TAGS}
    settings.FEEDSYNC = UNBRAKED


def entry(slug: str) -> LedgerEntry:
    return LedgerEntry.objects.get(feed="library.tag", key=natural_keys.text([slug]))


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
