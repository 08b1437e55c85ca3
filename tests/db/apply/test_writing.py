"""What applied changes do to rows: create, update, leave alone, whatever they refer to."""

from __future__ import annotations

import datetime as dt

import pytest

from consumers.apply import Outcome, apply
from feedsync.models import LedgerEntry, Mark
from feedsync.wire.page import Change
from tests.db.apply.building import category, copy, country, deletion, language, tag, upsert
from tests.library.models import (
    Category,
    CodeThing,
    Copy,
    Country,
    Item,
    Language,
    Membership,
    Person,
    RingA,
    RingB,
    Stamp,
    UuidThing,
)

pytestmark = pytest.mark.django_db


def receive(*changes: Change) -> Outcome:
    return apply(changes, using="default")


def test_a_batch_in_any_order_creates_everything() -> None:
    """Children before parents in one batch: parents are written first."""
    outcome = receive(
        copy("title", 5, tags=("b", "a")), tag("a", 5), language("GB", "en", 5), tag("b", 5), country("GB", 5)
    )
    assert (outcome.created, outcome.parked, outcome.dead) == (5, 0, 0)
    row = Copy.objects.get()
    assert (row.language.country.code, row.key, sorted(t.slug for t in row.tags.all())) == ("GB", "title", ["a", "b"])


def test_auto_now_is_the_sources() -> None:
    """Timestamps with auto_now keep the source's value, microseconds included."""
    receive(country("GB", 5), language("GB", "en", 5), copy("title", 5))
    assert Copy.objects.get().updated == dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC)


def test_an_equal_object_is_not_written() -> None:
    """A newer version with the same content counts as unchanged."""
    receive(country("GB", 5))
    assert receive(country("GB", 6)).unchanged == 1
    assert LedgerEntry.objects.get().version == 6


def test_an_older_or_equal_version_changes_nothing() -> None:
    """Duplicates and old versions have no effect (invariant 4)."""
    receive(country("GB", 5, name="new"))
    outcome = receive(country("GB", 5, name="again"), country("GB", 4, name="old"))
    assert (outcome.superseded, Country.objects.get().name) == (1, "new")


def test_unregistered_fields_stay() -> None:
    """Fields that are not registered belong to the replica; a new row gets their default."""
    receive(upsert("item", ["x"], 5, code="x", title="one", owner=None))
    assert Item.objects.get().local_note == "untouched"
    Item.objects.update(local_note="mine")
    receive(upsert("item", ["x"], 6, code="x", title="two", owner=None))
    row = Item.objects.get()
    assert (row.title, row.local_note) == ("two", "mine")


def test_a_row_that_was_here_before_is_taken_over() -> None:
    """A row without ledger entry is found by its key and updated in place."""
    local = Country.objects.create(code="GB", name="local")
    Mark.objects.all().delete()
    assert receive(country("GB", 5, name="theirs")).updated == 1
    assert Country.objects.get().pk == local.pk


def test_trees_and_self_references() -> None:
    """A child may come before its parent, and an object may refer to itself."""
    receive(category("leaf", 5, "branch"), category("branch", 5, "root"), category("root", 5), category("me", 5, "me"))
    assert Category.objects.get(slug="leaf").parent.parent.slug == "root"  # type: ignore[union-attr]  # both are set
    assert Category.objects.get(slug="me").parent == Category.objects.get(slug="me")


def test_nullable_cycles() -> None:
    """Two objects that refer to each other are written null first, then set."""
    receive(upsert("ringa", ["a"], 5, code="a", b=["b"]), upsert("ringb", ["b"], 5, code="b", a=["a"]))
    assert RingA.objects.get().b == RingB.objects.get()
    assert RingB.objects.get().a == RingA.objects.get()


def test_keys_that_are_primary_keys() -> None:
    """UUID and text primary keys that are the natural key travel as they are."""
    name = "0190b0f0-0000-7000-8000-000000000001"
    receive(upsert("uuidthing", [name], 5, id=name, name="u"), upsert("codething", ["c"], 5, code="c", name="c"))
    assert str(UuidThing.objects.get().pk) == name
    assert CodeThing.objects.get().pk == "c"
    receive(upsert("uuidthing", [name], 6, id=name, name="v"), upsert("codething", ["c"], 6, code="c", name="d"))
    assert (UuidThing.objects.get().name, CodeThing.objects.get().name) == ("v", "d")


def test_a_reference_to_another_column() -> None:
    """A foreign key with to_field stores the target's column."""
    receive(upsert("stamp", ["GB", 7], 5, country=["GB"], number=7), country("GB", 5))
    assert Stamp.objects.get().country_id == "GB"


def test_explicit_through_models_are_feeds_of_their_own() -> None:
    """Memberships carry their role."""
    receive(
        upsert("membership", ["a@x.org", "chess"], 5, person=["a@x.org"], club=["chess"], role="chair"),
        upsert("person", ["a@x.org"], 5, email="a@x.org", name="", friends=[]),
        upsert("club", ["chess"], 5, name="chess"),
    )
    assert Membership.objects.get().role == "chair"


def test_many_to_many_is_replaced_as_a_whole() -> None:
    """Members that the change doesn't name go, others come, the rest stays (R23)."""
    receive(
        country("GB", 5), language("GB", "en", 5), *(tag(slug, 5) for slug in "abc"), copy("title", 5, tags=("a", "b"))
    )
    kept = Copy.tags.through.objects.get(tag__slug="b").pk
    receive(copy("title", 6, tags=("b", "c")))
    assert set(Copy.objects.get().tags.values_list("slug", flat=True)) == {"b", "c"}
    assert Copy.tags.through.objects.get(tag__slug="b").pk == kept


def test_symmetrical_friends() -> None:
    """Both ends of a symmetrical relation bring their own set."""
    receive(
        upsert("person", ["a@x.org"], 5, email="a@x.org", name="", friends=[["b@x.org"]]),
        upsert("person", ["b@x.org"], 5, email="b@x.org", name="", friends=[["a@x.org"]]),
    )
    assert Person.objects.get(email="a@x.org").friends.get().email == "b@x.org"


def test_deletions_take_children_that_go_too() -> None:
    """A parent and its children deleted in one batch go together, with their many-to-many rows."""
    receive(country("GB", 5), language("GB", "en", 5), tag("a", 5), copy("title", 5, tags=("a",)))
    outcome = receive(
        deletion("country", ["GB"], 6),
        deletion("language", ["GB", "en"], 6),
        deletion("copy", ["GB", "en", "title"], 6),
    )
    assert (outcome.deleted, outcome.parked) == (3, 0)
    assert not Country.objects.exists()
    assert not Copy.tags.through.objects.exists()


def test_a_late_update_does_not_resurrect() -> None:
    """A deleted object stays deleted for older versions and comes back for newer ones (invariant 5)."""
    receive(country("GB", 5), deletion("country", ["GB"], 7))
    assert not Country.objects.exists()
    receive(country("GB", 6))
    assert not Country.objects.exists()
    receive(country("GB", 8))
    assert Country.objects.get().code == "GB"


def test_applying_marks_nothing() -> None:
    """Applied changes get no new version here (invariant 8)."""
    receive(country("GB", 5), language("GB", "en", 5), tag("a", 5), copy("title", 5, tags=("a",)), copy("text", 5))
    receive(copy("title", 6, value="w"), deletion("tag", ["a"], 6), deletion("copy", ["GB", "en", "text"], 6))
    assert not Mark.objects.exists()


def test_unknown_fields_and_feeds_are_ignored() -> None:
    """A replica ignores what it doesn't know."""
    outcome = receive(
        upsert("country", ["GB"], 5, code="GB", name="x", anthem="y"), upsert("planet", ["Mars"], 5, name="Mars")
    )
    assert (outcome.created, outcome.ignored) == (1, 1)


def test_a_missing_field_keeps_its_value() -> None:
    """A source that doesn't send a field leaves it as it is."""
    receive(country("GB", 5, name="kept"))
    receive(upsert("country", ["GB"], 6, code="GB"))
    assert Country.objects.get().name == "kept"


def test_languages_of_one_country() -> None:
    """Keys with several parts are told apart."""
    receive(
        country("GB", 5), country("US", 5), language("GB", "en", 5), language("US", "en", 5), language("GB", "cy", 5)
    )
    assert Language.objects.count() == 3
