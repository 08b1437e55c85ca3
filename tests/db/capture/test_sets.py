"""Changes of many-to-many sets mark the owner of the set (R5, R23)."""

from __future__ import annotations

import pytest

from feedsync.models import Mark
from tests.db.capture.marks import changed, registered, take
from tests.library.models import Club, Copy, Country, Item, Language, Membership, Person, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


@pytest.fixture
def copy() -> Copy:
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    return Copy.objects.create(language=language, key="k")


@pytest.fixture
def tags() -> list[Tag]:
    return Tag.objects.bulk_create([Tag(slug=f"t{number}") for number in range(4)])


@pytest.mark.hooks_only
def test_r05_every_way_to_change_a_set(copy: Copy, tags: list[Tag]) -> None:
    """add, remove, set and clear mark the owner; what changes nothing marks nothing."""
    take()
    copy.tags.add(*tags[:3])
    assert Mark.objects.count() == 1
    assert take() == changed(copy)
    copy.tags.add(tags[0])
    assert take() == []
    copy.tags.remove(tags[0])
    assert take() == changed(copy)
    copy.tags.set([tags[3]])
    assert take() == changed(copy)
    copy.tags.clear()
    assert take() == changed(copy)
    copy.tags.clear()
    assert take() == []


def test_r05_the_other_end_marks_the_owners(copy: Copy, tags: list[Tag]) -> None:
    """A change from the reverse side is a change of each owner, not of the target."""
    other = Copy.objects.create(language=copy.language, key="other")
    take()
    tags[0].copies.add(copy, other)
    assert take() == changed(copy, other)
    tags[0].copies.set([other])
    assert take() == changed(copy)
    tags[0].copies.clear()
    assert take() == changed(other)


def test_r05_a_deleted_target_marks_the_owners(copy: Copy, tags: list[Tag]) -> None:
    """Rows of the set that a cascade removes in silence."""
    copy.tags.set(tags)
    take()
    expected = sorted([*changed(copy), ("tag", str(tags[1].pk), '["t1"]')], key=str)
    tags[1].delete()
    assert take() == expected


def test_r05_both_ends_of_a_symmetrical_set() -> None:
    """Friendship is a change of two people."""
    ada, bob, cyd = Person.objects.bulk_create([Person(email=f"{name}@example.org") for name in ("ada", "bob", "cyd")])
    take()
    ada.friends.add(bob, cyd)
    assert take() == changed(ada, bob, cyd)
    bob.friends.clear()
    assert take() == changed(ada, bob)
    pk = str(cyd.pk)
    cyd.delete()
    assert ("person", pk, '["cyd@example.org"]') in (seen := take())
    assert changed(ada)[0] in seen


def test_r23_an_explicit_through_model_is_its_own_feed() -> None:
    """Its rows are objects; the clubs that they connect don't change."""
    person = Person.objects.create(email="a@example.org")
    club = Club.objects.create(name="Chess")
    take()
    club.members.add(person, through_defaults={"role": "treasurer"})
    membership = Membership.objects.get()
    assert take() == changed(membership)
    pk = str(membership.pk)
    club.members.clear()
    assert take() == [("membership", pk, '["a@example.org","Chess"]')]


def test_a_set_that_is_not_registered_marks_nobody(copy: Copy, tags: list[Tag]) -> None:
    """A field that stays at home is no change."""
    with registered(Copy, "language", "key", fields=["value"], replacing=True):
        take()
        copy.tags.set(tags)
        assert take() == []


def test_rows_of_a_set_that_change_their_owner(copy: Copy, tags: list[Tag]) -> None:
    """Both the former and the new owner have another set now."""
    other = Copy.objects.create(language=copy.language, key="other")
    copy.tags.set(tags[:2])
    take()
    through = Copy.tags.through
    assert through._base_manager.filter(copy=copy, tag=tags[0]).update(copy=other) == 1
    assert take() == changed(copy, other)
    row = through._base_manager.get(copy=copy)
    row.copy = other
    row.save()
    assert take() == changed(copy, other)
    assert through._base_manager.filter(tag=tags[0]).update(tag=tags[3]) == 1
    assert take() == changed(other)


def test_a_set_whose_rows_are_a_feed_as_well(copy: Copy, tags: list[Tag]) -> None:
    """Then each row is an object, and still a change of its owner."""
    through = Copy.tags.through
    with registered(through, "copy.key", "tag.slug"):
        take()
        copy.tags.add(tags[0])
        row = through._base_manager.get()
        both = [*changed(copy), ("copy_tags", str(row.pk), None)]
        assert take() == both
        assert through._base_manager.update(tag=tags[1]) == 1
        assert take() == both
        copy.tags.clear()
        assert take() == [*changed(copy), ("copy_tags", str(row.pk), '["k","t1"]')]


def test_an_ordinary_foreign_key_marks_only_its_row() -> None:
    """Control: an item's owner is not changed by the item."""
    person = Person.objects.create(email="a@example.org")
    take()
    item = Item.objects.create(code="i", owner=person)
    assert take() == changed(item)
