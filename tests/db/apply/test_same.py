"""What a pull brings again is found to be the same without a lock and without a write; what differs is found too."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consumers.apply import Mode, Outcome, apply
from consumers.models import ParkedChange
from feedsync.models import LedgerEntry, Mark
from feedsync.wire.page import Change
from tests.db.apply.building import category, copy, country, deletion, language, tag
from tests.library.models import Copy, Country

pytestmark = pytest.mark.django_db

TEXTS = (country("GB", 5), language("GB", "en", 5), tag("new", 5), tag("old", 5))
TITLE = copy("title", 5, tags=("new", "old"))


def spoil(sql: str) -> None:
    """Change rows without leaving a mark."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
    Mark.objects.all().delete()


def pull(*changes: Change) -> Outcome:
    return apply(changes, using="default", mode=Mode.PULL)


def test_what_is_the_same_writes_and_locks_nothing() -> None:
    """A second pull of an unchanged source only reads."""
    pull(*TEXTS, TITLE)
    with CaptureQueriesContext(connection) as captured:
        assert pull(*TEXTS, TITLE) == Outcome(unchanged=5)
    words = ("INSERT", "UPDATE", "DELETE")
    assert [query["sql"] for query in captured if any(word in query["sql"] for word in words)] == []


def test_r16_a_drifted_row_is_repaired_though_version_and_hash_are_the_same() -> None:
    """The row is read, also on the short way."""
    pull(*TEXTS, TITLE)
    spoil("UPDATE library_copy SET value = 'drifted'")
    assert pull(*TEXTS, TITLE) == Outcome(unchanged=4, updated=1)
    assert Copy.objects.get().value == "v"


def test_a_set_that_lost_a_member_is_repaired() -> None:
    """Many-to-many sets are compared as well."""
    pull(*TEXTS, TITLE)
    spoil("DELETE FROM library_copy_tags WHERE tag_id = (SELECT min(id) FROM library_tag)")
    assert pull(*TEXTS, TITLE) == Outcome(unchanged=4, updated=1)
    assert Copy.objects.get().tags.count() == 2


def test_a_row_that_went_comes_back() -> None:
    """The ledger knows the version, but nothing stands there."""
    pull(country("GB", 5))
    spoil("DELETE FROM library_country")
    assert pull(country("GB", 5)) == Outcome(created=1)
    assert Country.objects.get().code == "GB"


def test_a_forgotten_hash_is_learned_again() -> None:
    """An entry without a hash isn't the same: the relay needs it."""
    pull(country("GB", 5))
    LedgerEntry.objects.update(content_hash="")
    assert pull(country("GB", 5)) == Outcome(unchanged=1)
    assert LedgerEntry.objects.get().content_hash != ""


def test_a_buried_object_is_not_the_same() -> None:
    """A tombstone at the very version wins nothing and loses nothing."""
    pull(deletion("country", ["GB"], 5))
    assert pull(deletion("country", ["GB"], 5)).created == 0
    assert not Country.objects.exists()


def test_where_something_is_parked_everything_takes_the_long_way() -> None:
    """What waits for an object that is the same already is applied with it."""
    receive = apply([category("leaf", 5, "root")], using="default")
    assert receive.parked == 1
    parked = ParkedChange.objects.get()
    ParkedChange.objects.all().delete()
    pull(category("root", 5))
    parked.save(force_insert=True)
    assert pull(category("root", 5)).created == 1
    assert not ParkedChange.objects.exists()
