"""States and deletions on their way from the outbox to the topic."""

from __future__ import annotations

import pytest
from django.db import transaction

from feedsync.models import Mark
from tests.db.relay.relaying import Relay, ledger, marks
from tests.library.models import Book, Copy, Country, Language, Person, Tag

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_saved_object_is_published_whole(relay: Relay) -> None:
    """One change, with key, origin, version and every registered field; then the outbox is empty."""
    Country.objects.create(code="GB", name="Great Britain")
    [change] = relay.drain()
    assert (change.feed, change.key, change.origin) == ("library.country", '["GB"]', "studio")
    assert change.fields == {"code": "GB", "name": "Great Britain"}
    assert change.version > 0
    assert change.marked_at > 1_600_000_000_000
    assert marks() == 0
    entry = ledger("library.country", '["GB"]')
    assert (entry.version, entry.origin) == (change.version, "studio")


def test_a_burst_becomes_one_change(relay: Relay) -> None:
    """Ten saves before the relay runs are one change with the last state."""
    country = Country.objects.create(code="GB", name="0")
    for number in range(10):
        Country.objects.filter(pk=country.pk).update(name=str(number))
    [change] = relay.drain()
    assert change.fields == {"code": "GB", "name": "9"}


def test_what_did_not_change_is_not_published(relay: Relay) -> None:
    """A save that changes nothing leaves the topic alone."""
    country = Country.objects.create(code="GB", name="Great Britain")
    relay.drain()
    country.save()
    assert relay.drain() == []
    assert marks() == 0


def test_nothing_of_a_rolled_back_transaction_is_published(relay: Relay) -> None:
    """No phantom (invariant 1)."""
    with transaction.atomic():
        Country.objects.create(code="GB")
        transaction.set_rollback(True)
    assert relay.drain() == []


def test_a_deletion_is_published_and_remembered(relay: Relay) -> None:
    """A change without fields; the ledger keeps a tombstone with its version."""
    country = Country.objects.create(code="GB")
    [made] = relay.drain()
    country.delete()
    [gone] = relay.drain()
    assert (gone.deleted, gone.key) == (True, '["GB"]')
    assert gone.version > made.version
    entry = ledger("library.country", '["GB"]')
    assert entry.deleted_at is not None
    assert (entry.version, entry.object_pk) == (gone.version, None)


def test_an_object_made_again_after_its_deletion_is_alive(relay: Relay) -> None:
    """The same key comes back with a higher version (invariant 5)."""
    Country.objects.create(code="GB", name="one").delete()
    relay.drain()
    Country.objects.create(code="GB", name="two")
    [change] = relay.drain()
    assert change.fields == {"code": "GB", "name": "two"}
    assert ledger("library.country", '["GB"]').deleted_at is None


def test_a_deletion_of_what_was_never_relayed_is_published(relay: Relay) -> None:
    """A replica may have it from an export: its key stands in the mark."""
    Country.objects.create(code="GB").delete()
    [change] = relay.drain()
    assert (change.key, change.deleted) == ('["GB"]', True)


def test_a_cascade_publishes_every_deletion_children_first(relay: Relay) -> None:
    """Country, language and copy go; the replica hears of the copy first."""
    country = Country.objects.create(code="GB")
    language = Language.objects.create(country=country, code="en")
    Copy.objects.create(language=language, key="title")
    assert [change.feed for change in relay.drain()] == ["library.country", "library.language", "library.copy"]
    country.delete()
    changes = relay.drain()
    assert [(change.feed, change.key) for change in changes] == [
        ("library.copy", '["GB","en","title"]'),
        ("library.language", '["GB","en"]'),
        ("library.country", '["GB"]'),
    ]
    assert all(change.deleted for change in changes)


def test_many_to_many_changes_are_published(relay: Relay) -> None:
    """Adding a tag publishes its owner, members as natural keys in order."""
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    copy = Copy.objects.create(language=language, key="title")
    tags = [Tag.objects.create(slug=slug) for slug in ("b", "a")]
    relay.drain()
    copy.tags.add(*tags)
    [change] = relay.drain()
    assert change.fields is not None
    assert change.fields["tags"] == [["a"], ["b"]]


def test_a_multi_table_child_is_published_with_its_primary_key_as_text(relay: Relay) -> None:
    """Marks of a model that isn't registered stay away; text primary keys are read."""
    Book.objects.create(code="x", title="y", pages=3)
    assert relay.drain() == []


def test_a_mark_without_row_or_key_just_goes(relay: Relay) -> None:
    """There is nothing to say about an object that nobody ever knew."""
    Mark.objects.create(feed="library.person", object_pk="4711", lane=1)
    Mark.objects.create(feed="library.person", object_pk="no number", lane=1)
    assert relay.drain() == []
    assert marks() == 0


def test_marks_of_feeds_that_are_not_known_here_stay(relay: Relay) -> None:
    """A process of another release may know the feed; nothing is lost, nothing is held up."""
    Mark.objects.create(feed="library.future", object_pk="1", lane=1)
    Person.objects.create(email="a@example.com")
    assert [change.feed for change in relay.drain()] == ["library.person"]
    assert marks() == 1
