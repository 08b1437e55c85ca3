"""The rules of the protocol for apply, each with the history that breaks a design without it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models.signals import post_save, pre_delete

from consumers.apply import Mode, Outcome, apply
from consumers.apply.batch import retry_parked
from consumers.models import ParkedChange
from feedsync.models import DeadChange, LedgerEntry, Mark
from feedsync.wire.page import Change
from tests.db.apply.building import category, copy, country, deletion, language, tag, upsert
from tests.library.models import Category, Copy, Country, Item, Language, Person, RingA, RingB, Tag

pytestmark = pytest.mark.django_db


def receive(*changes: Change, mode: Mode = Mode.LIVE) -> Outcome:
    return apply(changes, using="default", mode=mode)


def test_r15_placeholders_come_before_the_gate() -> None:
    """A new object has a ledger row to lock before its version is compared."""
    receive(deletion("country", ["GB"], 5))
    entry = LedgerEntry.objects.get()
    assert (entry.version, entry.deleted_at is not None) == (5, True)


def test_r16_a_drifted_row_is_written_though_the_hash_says_unchanged() -> None:
    """The comparison is with the row, never with the ledger's hash."""
    receive(country("GB", 5, name="theirs"))
    Country.objects.update(name="drifted")
    Mark.objects.all().delete()
    assert receive(country("GB", 6, name="theirs")).updated == 1
    assert Country.objects.get().name == "theirs"


def test_r17_parked_until_the_parent_comes() -> None:
    """A child without its parent is parked, and applied in the transaction that brings the parent."""
    assert receive(language("GB", "en", 5), copy("title", 5)).parked == 2
    assert not Language.objects.exists()
    assert receive(country("GB", 5)).created == 3
    assert Copy.objects.get().language.country.code == "GB"
    assert not ParkedChange.objects.exists()


def test_r17_the_newest_parked_change_of_an_object_stays() -> None:
    """One parked change an object and origin; an older one never replaces it."""
    receive(category("leaf", 6, "root"))
    receive(category("leaf", 5, "other"))
    assert ParkedChange.objects.get().version == 6


def test_r17_a_newer_version_removes_the_parked_one() -> None:
    """What was parked is forgotten when an equal or newer version is applied."""
    receive(category("leaf", 5, "root"))
    receive(category("leaf", 6))
    assert not ParkedChange.objects.exists()
    assert Category.objects.get().parent is None


def test_r18_two_objects_that_need_each_other_in_different_pages() -> None:
    """X needs Y and Y needs X: the second page brings both."""
    assert receive(upsert("ringa", ["a"], 5, code="a", b=["b"])).parked == 1
    assert receive(upsert("ringb", ["b"], 5, code="b", a=["a"])).created == 2
    assert RingA.objects.get().b == RingB.objects.get()
    assert RingB.objects.get().a == RingA.objects.get()


def test_r18_chains_of_waiting_changes() -> None:
    """Parked changes that wait for parked changes all come with the first."""
    for slug, parent in (("d", "c"), ("c", "b"), ("b", "a")):
        assert receive(category(slug, 5, parent)).parked == 1
    assert receive(category("a", 5)).created == 4


def test_r18_swapped_unique_values_in_one_batch() -> None:
    """Two people who swap their e-mail addresses keep their rows."""
    receive(
        upsert("person", ["a@x"], 5, email="a@x", name="A", friends=[]),
        upsert("person", ["b@x"], 5, email="b@x", name="B", friends=[]),
    )
    first = Person.objects.get(name="A").pk
    receive(
        upsert("person", ["b@x"], 7, email="b@x", name="A", friends=[], former=(["a@x"],)),
        upsert("person", ["a@x"], 7, email="a@x", name="B", friends=[], former=(["b@x"],)),
    )
    assert Person.objects.get(name="A").pk == first
    assert Person.objects.get(email="b@x").name == "A"


def test_r18_swapped_keys_in_different_pages() -> None:
    """The first half of a swap waits for the second."""
    receive(country("A", 5, name="one"), country("B", 5, name="two"))
    first = Country.objects.get(name="one").pk
    assert receive(country("B", 7, name="one", former=(["A"],))).parked == 1
    receive(country("A", 7, name="two", former=(["B"],)))
    assert {c.code: c.name for c in Country.objects.all()} == {"A": "two", "B": "one"}
    assert Country.objects.get(name="one").pk == first
    assert not ParkedChange.objects.exists()


def test_r19_a_member_that_was_deleted_since_is_left_out() -> None:
    """A many-to-many element whose target is buried above the change's version isn't awaited."""
    receive(country("GB", 5), language("GB", "en", 5), tag("a", 5), tag("b", 5), deletion("tag", ["b"], 9))
    outcome = receive(copy("title", 7, tags=("a", "b")))
    assert (outcome.created, outcome.parked) == (1, 0)
    assert [t.slug for t in Copy.objects.get().tags.all()] == ["a"]


def test_r20_what_handlers_write_is_marked() -> None:
    """A user's handler of an applied change makes a local change, which is marked; the applied one isn't."""
    receive(tag("other", 5), tag("gone", 5))

    def edit(**_: object) -> None:
        Tag.objects.filter(slug="other").update(label="edited")

    post_save.connect(edit, sender=Country)
    pre_delete.connect(edit, sender=Tag)
    try:
        receive(country("GB", 5))
        assert list(Mark.objects.values_list("feed", flat=True)) == ["library.tag"]
        receive(deletion("tag", ["gone"], 6))
    finally:
        post_save.disconnect(edit, sender=Country)
        pre_delete.disconnect(edit, sender=Tag)
    other = str(Tag.objects.get(slug="other").pk)
    assert set(Mark.objects.values_list("object_pk", "key")) == {(other, None)}


def test_listeners_hear_raw_saves() -> None:
    """post_save is sent with raw=True and says whether the row is new."""
    heard: list[tuple[bool, bool]] = []

    def listen(*, created: bool, raw: bool, **_: object) -> None:
        heard.append((created, raw))

    post_save.connect(listen, sender=Country)
    try:
        receive(country("GB", 5))
        receive(country("GB", 6, name="other"))
        receive(country("GB", 7, name="other"))
    finally:
        post_save.disconnect(listen, sender=Country)
    assert heard == [(True, True), (False, True)]


def test_r21_a_poison_change_is_isolated_from_its_page() -> None:
    """One change that the database refuses is dead; the other 99 are applied."""
    changes = [country(f"C{number}", 5) for number in range(99)]
    outcome = receive(*changes[:40], country("TOO-LONG-A-CODE", 5), *changes[40:])
    poisoned = connection.vendor != "sqlite"  # which stores any length
    assert outcome.created == (99 if poisoned else 100)
    assert outcome.dead == DeadChange.objects.count() == int(poisoned)


def test_a_value_that_is_none_is_dead() -> None:
    """A value that can't be read kills its own change only, and a newer good one clears it."""
    receive(upsert("person", ["a@x"], 5, email="a@x", name="", friends=[]))
    bad = upsert("everyfield", ["x"], 5, name="x", decimal="no number")
    outcome = receive(upsert("profile", ["a@x"], 5, person=["a@x"], biography=""), bad)
    assert (outcome.created, outcome.dead) == (1, 1)
    assert "InvalidOperation" in DeadChange.objects.get().reason
    receive(
        upsert(
            "everyfield",
            ["x"],
            6,
            name="x",
            decimal="1.5",
            created="2026-01-01T00:00:00",
            changed="2026-01-01T00:00:00",
        )
    )
    assert not DeadChange.objects.exists()


def test_r22_null_parts_match_null() -> None:
    """A key with a null part finds its row."""
    receive(country("GB", 5), upsert("nullablekey", [None, "x"], 5, country=None, code="x", note="one"))
    receive(upsert("nullablekey", [None, "x"], 6, country=None, code="x", note="two"))
    receive(upsert("nullablekey", ["GB", "x"], 6, country=["GB"], code="x", note="three"))
    from tests.library.models import NullableKey

    assert sorted(NullableKey.objects.values_list("note", flat=True)) == ["three", "two"]


def test_r26_ties_win_only_in_a_pull_and_only_if_content_differs() -> None:
    """The same version and origin again repairs drift in a pull, and does nothing in the feed."""
    receive(country("GB", 5, name="theirs"))
    Country.objects.update(name="drifted")
    Mark.objects.all().delete()
    assert receive(country("GB", 5, name="theirs")).superseded == 1
    assert receive(country("GB", 5, name="theirs"), mode=Mode.PULL).updated == 1
    assert receive(country("GB", 5, name="theirs"), mode=Mode.PULL).unchanged == 1


def test_p1_a_pending_local_edit_counts() -> None:
    """An edit that isn't relayed yet wins over an older change, also in a pull, and is published for certain."""
    receive(country("GB", 5, name="theirs"))
    Country.objects.filter(code="GB").update(name="ours")
    assert receive(country("GB", 6, name="older")).superseded == 1
    assert receive(country("GB", 5, name="theirs"), mode=Mode.PULL).superseded == 1
    assert Country.objects.get().name == "ours"
    assert LedgerEntry.objects.get(feed="library.country").content_hash == ""


def test_p1_an_edit_of_other_fields_does_not_count() -> None:
    """A mark whose row still has the registered state that the ledger knows stops nothing."""
    receive(upsert("item", ["x"], 5, code="x", title="one", owner=None))
    Item.objects.update(local_note="mine")
    assert receive(upsert("item", ["x"], 6, code="x", title="two", owner=None)).updated == 1


def test_p3_a_rename_keeps_the_row_and_buries_the_old_key() -> None:
    """The row and its local children stay; a late update under the old key changes nothing."""
    receive(country("GB", 5), language("GB", "en", 5))
    before = Country.objects.get().pk
    receive(country("UK", 8, former=(["GB"],)))
    assert (Country.objects.get().pk, Country.objects.get().code) == (before, "UK")
    assert Language.objects.get().country_id == before
    receive(country("GB", 6, name="late"))
    assert list(Country.objects.values_list("code", flat=True)) == ["UK"]


def test_p3_dependants_whose_key_runs_through_a_renamed_object_follow() -> None:
    """Their own change finds the row under the new key and writes nothing."""
    receive(country("GB", 5), language("GB", "en", 5))
    receive(country("UK", 8, former=(["GB"],)))
    moved = upsert("language", ["UK", "en"], 8, country=["UK"], code="en", former=(["GB", "en"],))
    assert receive(moved).unchanged == 1
    assert Language.objects.count() == 1


def test_p3_references_to_an_old_key_follow_the_forwarding_tombstone() -> None:
    """A change that still says GB finds UK."""
    receive(country("UK", 8, former=(["GB"],)))
    receive(language("GB", "en", 6))
    assert Language.objects.get().country.code == "UK"


def test_p3_chains_of_renames_in_any_order() -> None:
    """A to B while B goes to C: each row keeps its identity, whichever page comes first."""
    receive(country("A", 5, name="one"), country("B", 5, name="two"))
    ids = {c.name: c.pk for c in Country.objects.all()}
    receive(country("B", 8, name="one", former=(["A"],)))
    receive(country("C", 8, name="two", former=(["B"],)))
    assert {c.code: c.name for c in Country.objects.all()} == {"B": "one", "C": "two"}
    assert {c.name: c.pk for c in Country.objects.all()} == ids


def test_p4_a_deletion_waits_for_living_children() -> None:
    """A cascade never takes a registered object that the ledger shows alive."""
    receive(country("GB", 5), language("GB", "en", 5))
    assert receive(deletion("country", ["GB"], 8)).parked == 1
    assert Language.objects.exists()
    outcome = receive(deletion("language", ["GB", "en"], 8))
    assert outcome.deleted == 2
    assert not Country.objects.exists()
    assert not ParkedChange.objects.exists()


def test_p4_protected_objects_park_the_deletion() -> None:
    """PROTECT on the replica makes the deletion wait."""
    receive(
        upsert("person", ["a@x"], 5, email="a@x", name="", friends=[]),
        upsert("item", ["i"], 5, code="i", title="", owner=["a@x"]),
    )
    assert receive(deletion("person", ["a@x"], 6)).parked == 1
    assert receive(deletion("item", ["i"], 6)).deleted == 2


def test_p4_rows_that_only_this_environment_has_make_the_deletion_dead() -> None:
    """A person decides about registered rows that nobody else knows."""
    receive(country("GB", 5))
    Language.objects.create(country=Country.objects.get(), code="own")
    assert receive(deletion("country", ["GB"], 6)).dead == 1
    assert Country.objects.exists()


def test_p8_a_change_from_the_future_is_parked() -> None:
    """A version more than five minutes ahead of the clock waits."""
    outcome = apply([country("GB", 10 * 60 * 1000 << 16)], using="default", now=lambda: 0)
    assert outcome.parked == 1
    assert ParkedChange.objects.get().reason == "clock"


def test_p3_a_row_that_only_this_environment_has_keeps_its_key() -> None:
    """A rename to a key that a local row holds waits for a person, however often it is tried again."""
    receive(country("GB", 5))
    local = Country.objects.create(code="UK", name="ours")
    Mark.objects.all().delete()
    assert receive(country("UK", 8, former=(["GB"],))).parked == 1
    for _ in range(3):
        retry_parked("default")
    assert Country.objects.get(code="UK").pk == local.pk
    assert ParkedChange.objects.get().reason == "conflict"
