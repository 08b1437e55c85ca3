"""Changed natural keys: former keys, forwarding tombstones, and whoever refers to the renamed row."""

from __future__ import annotations

import pytest

from feedsync.models import LedgerEntry
from feedsync.relay.batch import Step
from feedsync.wire.page import Change
from tests.db.relay.relaying import Relay, ledger, marks
from tests.library.models import Category, Copy, Country, Language, Stamp, Tag

pytestmark = pytest.mark.django_db(transaction=True)


def rename(old: str, new: str) -> None:
    Country.objects.filter(code=old).update(code=new)


def by_key(changes: list[Change]) -> dict[str, Change]:
    return {change.key: change for change in changes}


def test_p03_a_rename_carries_its_former_key(relay: Relay) -> None:
    """One change with the former key, no deletion; the old key's ledger row leads to the new one."""
    Country.objects.create(code="UK")
    relay.drain()
    rename("UK", "GB")
    [change] = relay.drain()
    assert (change.key, change.former, change.deleted) == ('["GB"]', ('["UK"]',), False)
    old, new = ledger("library.country", '["UK"]'), ledger("library.country", '["GB"]')
    assert old.deleted_at is not None
    assert (old.successor, old.object_pk) == (new.key_hash, None)
    assert old.version < new.version == change.version


def test_p03_later_changes_still_carry_it(relay: Relay) -> None:
    """A replica that sees only the last change finds its row by the former key."""
    country = Country.objects.create(code="UK")
    relay.drain()
    rename("UK", "GB")
    relay.drain()
    Country.objects.filter(pk=country.pk).update(name="Great Britain")
    [change] = relay.drain()
    assert change.former == ('["UK"]',)


def test_p03_former_keys_come_youngest_first(relay: Relay) -> None:
    """A, B, C: the change of C names B, then A; both lead to C at once."""
    Country.objects.create(code="A")
    relay.drain()
    for old, new in (("A", "B"), ("B", "C")):
        rename(old, new)
        [change] = relay.drain()
    assert change.former == ('["B"]', '["A"]')
    successors = LedgerEntry.objects.filter(successor__gt="").values_list("successor", flat=True)
    assert set(successors) == {ledger("library.country", '["C"]').key_hash}


def test_p03_a_chain_in_one_batch_keeps_identities(relay: Relay) -> None:
    """B becomes C and A becomes B: each change names the key that its row had."""
    Country.objects.create(code="A", name="first")
    Country.objects.create(code="B", name="second")
    relay.drain()
    rename("B", "C")
    rename("A", "B")
    changes = by_key(relay.drain())
    assert (changes['["C"]'].former, changes['["B"]'].former) == (('["B"]',), ('["A"]',))
    assert changes['["B"]'].fields == {"code": "B", "name": "first"}
    assert not any(change.deleted for change in changes.values())
    assert ledger("library.country", '["A"]').successor == ledger("library.country", '["B"]').key_hash


def test_p03_a_swap_in_one_batch_keeps_identities(relay: Relay) -> None:
    """A and B trade their keys: two changes, each with the other's key as former."""
    Country.objects.create(code="A", name="first")
    Country.objects.create(code="B", name="second")
    relay.drain()
    for old, new in (("A", "X"), ("B", "A"), ("X", "B")):
        rename(old, new)
    changes = by_key(relay.drain())
    assert (changes['["A"]'].former, changes['["B"]'].former) == (('["B"]',), ('["A"]',))
    assert changes['["A"]'].fields == {"code": "A", "name": "second"}
    assert LedgerEntry.objects.filter(deleted_at__isnull=False).count() == 0


def test_p03_a_swap_hands_over_what_leads_to_the_keys(relay: Relay) -> None:
    """Z was renamed to A before A and B trade: the former key Z goes with its row."""
    Country.objects.create(code="Z", name="first")
    Country.objects.create(code="B", name="second")
    relay.drain()
    rename("Z", "A")
    relay.drain()
    for old, new in (("A", "X"), ("B", "A"), ("X", "B")):
        rename(old, new)
    changes = by_key(relay.drain())
    assert changes['["B"]'].former == ('["A"]', '["Z"]')
    assert changes['["A"]'].former == ('["B"]',)
    assert ledger("library.country", '["Z"]').successor == ledger("library.country", '["B"]').key_hash


def test_p03_there_and_back_again(relay: Relay) -> None:
    """Renamed and renamed back: the first key is alive, the second leads to it."""
    Country.objects.create(code="UK")
    relay.drain()
    for old, new in (("UK", "GB"), ("GB", "UK")):
        rename(old, new)
        [change] = relay.drain()
    assert (change.key, change.former) == ('["UK"]', ('["GB"]',))
    assert ledger("library.country", '["UK"]').deleted_at is None
    assert ledger("library.country", '["UK"]').successor == ""


def test_p03_a_former_key_in_use_again_is_former_no_more(relay: Relay) -> None:
    """UK became GB, then a new UK is made: changes of GB don't name it."""
    country = Country.objects.create(code="UK")
    relay.drain()
    rename("UK", "GB")
    relay.drain()
    Country.objects.create(code="UK")
    relay.drain()
    Country.objects.filter(pk=country.pk).update(name="Great Britain")
    [change] = relay.drain()
    assert change.former == ()


@pytest.mark.parametrize("step", [Step.RESERVED, Step.READ, Step.ANNOUNCED, Step.PUBLISHED])
def test_p03_no_crash_loses_a_rename(relay: Relay, step: Step) -> None:
    """The relay dies between any two steps: the next one publishes the rename as one."""
    Country.objects.create(code="UK")
    relay.drain()
    rename("UK", "GB")
    relay.die(step)
    relay.news()
    [change] = relay.drain()
    assert (change.key, change.former) == ('["GB"]', ('["UK"]',))


def test_p02_a_rename_reaches_every_referrer(relay: Relay) -> None:
    """Through foreign keys, keys that run through it, two hops, many-to-many fields and to_field."""
    country = Country.objects.create(code="UK")
    language = Language.objects.create(country=country, code="en")
    copy = Copy.objects.create(language=language, key="title")
    tag = Tag.objects.create(slug="old")
    copy.tags.add(tag)
    parent = Category.objects.create(slug="parent")
    Category.objects.create(slug="child", parent=parent)
    relay.drain()
    rename("UK", "GB")
    changes = by_key(relay.drain())
    assert changes['["GB","en"]'].former == ('["UK","en"]',)
    assert changes['["GB","en","title"]'].former == ('["UK","en","title"]',)
    assert not any(change.deleted for change in changes.values())
    Tag.objects.filter(pk=tag.pk).update(slug="new")
    fields = by_key(relay.drain())['["GB","en","title"]'].fields
    assert fields is not None
    assert fields["tags"] == [["new"]]
    Category.objects.filter(pk=parent.pk).update(slug="top")
    fields = by_key(relay.drain())['["child"]'].fields
    assert fields is not None
    assert fields["parent"] == ["top"]
    assert marks() == 0


def test_p02_also_where_another_column_is_referred_to(relay: Relay) -> None:
    """A stamp refers to the country's code; both move in one transaction."""
    country = Country.objects.create(code="UK")
    other = Country.objects.create(code="GB")
    stamp = Stamp.objects.create(country=country, number=1)
    relay.drain()
    Stamp.objects.filter(pk=stamp.pk).update(country=other)
    [change] = relay.drain()
    assert (change.key, change.former) == ('["GB",1]', ('["UK",1]',))


def test_a_key_that_was_told_and_never_entered_is_buried(relay: Relay) -> None:
    """Published under B, the relay died before the ledger, renamed to A: replicas hear that B is A now."""
    Country.objects.create(code="B")
    relay.die(Step.PUBLISHED)
    relay.news()
    rename("B", "A")
    [change] = relay.drain()
    assert (change.key, change.former) == ('["A"]', ('["B"]',))


def test_also_where_the_key_had_been_buried_before(relay: Relay) -> None:
    """The ledger's tombstone notes which row was about to take the key."""
    Country.objects.create(code="B").delete()
    relay.drain()
    Country.objects.create(code="B")
    relay.die(Step.PUBLISHED)
    relay.news()
    rename("B", "A")
    [change] = relay.drain()
    assert (change.key, change.former) == ('["A"]', ('["B"]',))
