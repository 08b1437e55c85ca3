"""The rules of the protocol that the export keeps, each with the history that would break without it."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from feedsync import capture_disabled, clock, fingerprints, registry
from feedsync.conf import Reader
from feedsync.export import requests, stream
from feedsync.models import DeadChange, FeedState, LedgerEntry, Mark
from tests.db.export.reading import export, known, relayed
from tests.library.models import Country, EveryField, Tag

pytestmark = pytest.mark.django_db(transaction=True)
TAGS = "feeds=library.tag"
NOW = clock.at(clock.wall_clock())
DAY = dt.timedelta(days=1)


def elsewhere(act: Callable[[], Any]) -> None:
    """In another connection, committed when this returns."""

    def run() -> None:
        act()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


class Between:
    """Does something once, right before the statement in which `text` occurs."""

    def __init__(self, text: str, act: Callable[[], Any]) -> None:
        self.text = text
        self.act: Callable[[], Any] | None = act

    def __call__(self, execute: Any, sql: str, *arguments: Any) -> Any:
        if self.text in re.sub('["`]', "", sql) and self.act:
            act, self.act = self.act, None
            elsewhere(act)
        return execute(sql, *arguments)


def raw(statement: str) -> None:
    """A write that goes past the capture, and leaves neither mark nor record of itself."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
    Mark.objects.all().delete()
    FeedState.objects.all().delete()


@pytest.mark.parametrize("moment", ["FROM feedsync_ledgerentry", "library_tag.label"])
def test_r24_content_is_never_older_than_its_version(moment: str) -> None:
    """A relay publishes s2@2 while the export reads: it sends s1@1, s2@1 or s2@2, never s1@2."""
    tag = Tag.objects.create(slug="a", label="s1")
    relayed(tag, NOW + 1)

    def relay() -> None:
        tag.label = "s2"
        tag.save()
        relayed(tag, NOW + 2)

    between = Between(moment, relay)
    with connection.execute_wrapper(between):
        (change,) = export(TAGS).changes
    assert between.act is None
    assert change.fields is not None
    assert (change.fields["label"], change.version - NOW) in {("s1", 1), ("s2", 1), ("s2", 2)}


def test_r24_re_created_row_is_read_after_its_ledger_entry() -> None:
    """A row under another primary key than the ledger's is found by its key, and read again after that."""
    relayed(Tag(slug="a", pk=Tag.objects.create(slug="a", label="s1").pk, label="s1"), NOW + 1, object_pk="999")
    tag = Tag.objects.get()

    def relay() -> None:
        tag.label = "s2"
        tag.save()
        relayed(tag, NOW + 2)

    between = Between("FROM feedsync_ledgerentry WHERE feed = %s AND key_hash", relay)
    with connection.execute_wrapper(between):
        (change,) = export(TAGS).changes
    assert between.act is None
    assert change.fields is not None
    assert (change.fields["label"], change.version - NOW) in {("s2", 1), ("s2", 2)}


def test_r25_differing_row_is_marked_before_it_is_sent() -> None:
    """s2 exported unrelayed, then saved back to s1: without mark the relay would skip, and the replica keep s2."""
    relayed(Tag.objects.create(slug="a", label="s1"), NOW)
    raw("UPDATE library_tag SET label = 's2'")
    order = requests.parse({"feeds": "library.tag"}, Reader(name="shop"))
    for block in stream.blocks(order):
        if b'"s2"' in block:
            assert Mark.objects.filter(feed="library.tag").count() == 1
            assert known("library.tag", "a").content_hash == ""
            break
    else:
        pytest.fail("the row was not sent")


def test_r25_equal_row_is_left_alone() -> None:
    """No marks for what is as the ledger says, nor for what was never relayed."""
    relayed(Tag.objects.create(slug="a"), NOW)
    with capture_disabled():
        Tag.objects.create(slug="b")
    export(TAGS)
    export(TAGS)
    assert not Mark.objects.exists()


def test_r25_re_keyed_row_names_its_former_key() -> None:
    """The replica renames its row instead of making a second one."""
    relayed(Tag.objects.create(slug="old"), NOW)
    raw("UPDATE library_tag SET slug = 'new'")
    (change,) = export(TAGS).changes
    assert (change.key, change.former, change.version) == ('["new"]', ('["old"]',), NOW)
    assert Mark.objects.count() == 1


def test_r11_reused_primary_key_is_no_rename() -> None:
    """A deletion among the marks of a primary key says that another object has it now."""
    tag = Tag.objects.create(slug="old")
    relayed(tag, NOW)
    pk = tag.pk
    tag.delete()
    Tag.objects.create(pk=pk, slug="new")
    (change,) = export(TAGS).of("library.tag")
    assert (change.key, change.former) == ('["new"]', ())


def test_r26_unknown_row_travels_at_genesis_and_enters_the_ledger_so() -> None:
    """Old data loses to every version that anybody ever gave; a second export says the same."""
    with capture_disabled():
        Tag.objects.create(slug="a")
    genesis = clock.read("default").genesis
    for _ in range(2):
        (change,) = export(TAGS).changes
        assert (change.version, change.origin) == (genesis, "studio")
    entry = known("library.tag", "a")
    assert (entry.version, entry.origin, entry.object_pk) == (genesis, "studio", str(Tag.objects.get().pk))


def test_r26_genesis_does_not_hide_a_pending_mark() -> None:
    """A new object that is exported before its relay is still published: the ledger has no hash to compare it with."""
    Tag.objects.create(slug="a")
    export(TAGS)
    assert known("library.tag", "a").content_hash == ""
    assert Mark.objects.count() == 1


def test_versions_and_origins_of_others_are_passed_on() -> None:
    """A change that came from elsewhere is exported as what it is."""
    relayed(Tag.objects.create(slug="a"), NOW, origin="kiosk")
    (change,) = export(TAGS).changes
    assert (change.version, change.origin) == (NOW, "kiosk")


def test_r28_tombstones_come_last() -> None:
    """Of every feed, after all rows; then the end line counts them."""
    for cls, key in ((Tag, "slug"), (Country, "code")):
        row = cls.objects.create(**{key: "x"})
        relayed(row, NOW, deleted_at=timezone.now())
        row.delete()
    Tag.objects.create(slug="alive")
    found = export("feeds=library.tag,library.country")
    deletions = [change for change in found.changes if change.deleted]
    assert found.changes[-2:] == deletions
    assert {(change.feed, change.key, change.version) for change in deletions} == {
        ("library.tag", '["x"]', NOW),
        ("library.country", '["x"]', NOW),
    }
    assert found.end is not None
    assert found.end["tombstones"] == 2


def test_r28_resumes_among_tombstones() -> None:
    """The last cursors stand there."""
    for number in range(5):
        row = Tag.objects.create(slug=f"t{number}")
        relayed(row, NOW, deleted_at=timezone.now())
        row.delete()
    Mark.objects.all().delete()
    whole = export(f"{TAGS}&chunk=2")
    rest = export(f"{TAGS}&chunk=2&cursor={whole.cursors[1]}")
    assert rest.changes == whole.changes[4:]
    assert rest.end == whole.end


def test_r11_tombstone_of_a_key_that_is_carried_again_is_left_out() -> None:
    """The row was sent; its deletion would undo that."""
    row = Tag.objects.create(slug="x")
    relayed(row, NOW, deleted_at=timezone.now())
    (change,) = export(TAGS).changes
    assert not change.deleted
    assert Mark.objects.count() == 1


def test_p3_renamed_object_carries_its_former_keys_and_precedes_its_tombstone() -> None:
    """The replica may have got it under the old key: it is told the new one before the old one goes."""
    tag = Tag.objects.create(slug="c")
    last = relayed(tag, NOW + 3)
    middle = relayed(Tag(pk=tag.pk, slug="c"), NOW + 3)
    for slug, version in (("a", NOW + 1), ("b", NOW + 2)):
        Tag.objects.update(slug=slug)
        middle = relayed(tag, version, deleted_at=timezone.now(), successor=last.key_hash if slug == "b" else "?")
    Tag.objects.update(slug="c")
    LedgerEntry.objects.filter(successor="?").update(successor=middle.key_hash)
    Mark.objects.all().delete()
    changes = export(TAGS).changes
    assert changes[0].former == ('["b"]', '["a"]')
    assert [change.key for change in changes if change.deleted] == ['["a"]', '["b"]']
    assert [change.key for change in changes].index('["a"]') > 1
    assert changes[1].key == '["c"]'


def test_r7_completed_export_clears_the_unchecked_flag() -> None:
    """Only if nothing went past the capture since the export began: that may be behind the cursor."""
    for label in ("library.tag", "library.country"):
        FeedState.objects.create(feed=label, unchecked_since=timezone.now() - DAY)
    for _ in stream.blocks(requests.parse({"feeds": "library.tag,library.country"}, Reader(name="shop"))):
        FeedState.objects.filter(feed="library.country").update(unchecked_since=timezone.now())
    states = dict(FeedState.objects.values_list("feed", "unchecked_since"))
    assert states["library.tag"] is None
    assert states["library.country"] is not None


def test_r7_flag_stays_while_the_export_is_underway() -> None:
    """A stream that is broken off has not seen everything."""
    Tag.objects.bulk_create([Tag(slug=f"t{number}") for number in range(4)])
    FeedState.objects.create(feed="library.tag", unchecked_since=timezone.now() - DAY)
    underway = stream.blocks(requests.parse({"feeds": "library.tag", "chunk": "2"}, Reader(name="shop")))
    next(underway)
    next(underway)
    underway.close()  # type: ignore[attr-defined]  # it is a generator
    assert FeedState.objects.get().unchecked_since is not None


def test_r29_changed_registration_turns_the_unchanged_check_off_once() -> None:
    """The ledger's hashes are of other fields than the ones that are registered now."""
    tags = registry.get("library.tag")
    assert fingerprints.note("default", [tags]) == []
    FeedState.objects.update(fingerprint="another")
    assert fingerprints.note("default", [tags]) == [tags]
    state = FeedState.objects.get()
    assert (state.cause, state.fingerprint) == (fingerprints.CHANGED, fingerprints.fingerprint(tags))
    assert state.unchecked_since is not None
    assert fingerprints.note("default", [tags]) == []


def test_r13_row_that_cannot_be_sent_is_dead_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """One value that raises must not stop every pull of every replica."""
    EveryField.objects.bulk_create([EveryField(name=f"n{number}") for number in range(5)])
    sick = EveryField.objects.get(name="n2")

    def poisoned(value: Any, *_: Any) -> Any:
        if value is not None:
            raise ZeroDivisionError("no such day")

    EveryField.objects.filter(pk=sick.pk).update(date_time=timezone.now())
    monkeypatch.setattr(EveryField._meta.get_field("date_time"), "from_db_value", poisoned, raising=False)
    found = export("feeds=library.everyfield")
    assert {change.key for change in found.changes} == {f'["n{number}"]' for number in (0, 1, 3, 4)}
    assert found.end is not None
    assert (found.end["failed"], found.end["counts"]) == (1, {"library.everyfield": 4})
    dead = DeadChange.objects.get()
    assert (dead.side, dead.object_pk) == ("source", str(sick.pk))
    assert "no such day" in dead.reason


def test_r7_rows_that_went_past_the_capture_are_marked_as_deleted() -> None:
    """The ledger shows them alive and nothing would ever say otherwise; only an unchecked feed is looked through."""
    for slug in ("stays", "goes"):
        relayed(Tag.objects.create(slug=slug), NOW)
    raw("DELETE FROM library_tag WHERE slug = 'goes'")
    export(TAGS)
    assert not Mark.objects.exists()
    FeedState.objects.update_or_create(feed="library.tag", defaults={"unchecked_since": timezone.now() - DAY})
    export(TAGS)
    assert [mark.key for mark in Mark.objects.all()] == ['["goes"]']
