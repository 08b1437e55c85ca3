"""Writes to models whose primary key is made of two columns."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from feedsync.upserts import unique_fields
from tests.db.convergence.editing import Edit, Editor, Refused
from tests.db.convergence.edits import country_created, country_deleted, country_renamed
from tests.library.models import Country, Shelf, Slot

ZONES = ["a", "b/c", "~1", "", "é"]


def shelf_created(user: Editor) -> str:
    shelf = user.rows(Shelf).create(country=user.pick(Country), number=user.dice.randint(1, 4), label=user.word())
    return f"Shelf {shelf.pk} created"


def shelves_overwritten(user: Editor) -> str:
    country = user.pick(Country)
    made = [Shelf(country=country, number=number, label=user.word()) for number in user.dice.sample(range(1, 5), 3)]
    rows = user.rows(Shelf)
    unique = unique_fields(rows.db, "country", "number")
    rows.bulk_create(made, update_conflicts=True, unique_fields=unique, update_fields=["label"])
    return f"Shelves {[shelf.pk for shelf in made]} overwritten"


def shelf_saved(user: Editor) -> str:
    shelf = user.pick(Shelf)
    shelf.label = user.word()
    shelf.save()
    return f"Shelf {shelf.pk} saved: {shelf.label}"


def shelf_moved(user: Editor) -> str:
    """Its key changes, in either part."""
    shelf = user.pick(Shelf)
    values = user.dice.choice([{"country": user.pick(Country)}, {"number": F("number") + 1}, {"number": 2}])
    user.rows(Shelf).filter(pk=shelf.pk).update(**values)
    return f"Shelf {shelf.pk} moved: {values}"


def shelves_deleted(user: Editor) -> str:
    pks = [shelf.pk for shelf in user.some(Shelf)]
    user.rows(Shelf).filter(pk__in=pks).delete()
    return f"Shelves {pks} deleted"


def slot_created(user: Editor) -> str:
    # Two names for one place, one on each side, are for a person to decide.
    zone, place = user.side + user.dice.choice(ZONES), user.dice.randint(1, 3)
    slot = user.rows(Slot).create(zone=zone, place=place, slug=user.code())
    return f"Slot {slot.slug} created at {slot.pk}"


def slot_moved(user: Editor) -> str:
    """Its primary key changes, its name stays."""
    slot = user.pick(Slot)
    values = {"zone": user.side + user.dice.choice(ZONES), "place": user.dice.choice([1, 2, 3, F("place") + 1])}
    user.rows(Slot).filter(pk=slot.pk).update(**values)
    return f"Slot {slot.slug} moved from {slot.pk} to {values}"


def slots_swapped(user: Editor) -> str:
    pair = user.some(Slot, 2)
    if len(pair) < 2:
        raise Refused("no two")
    one, other = pair
    with transaction.atomic(using=user.alias):
        user.rows(Slot).filter(slug=one.slug).update(zone="moving")
        user.rows(Slot).filter(slug=other.slug).update(zone=one.zone, place=one.place)
        user.rows(Slot).filter(slug=one.slug).update(zone=other.zone, place=other.place)
    return f"Slots {one.slug} and {other.slug} swapped {one.pk} and {other.pk}"


def slot_renamed(user: Editor) -> str:
    slot, slug = user.pick(Slot), user.code()
    was, slot.slug = slot.slug, slug
    slot.save()
    return f"Slot {was} at {slot.pk} renamed {slug}"


def slot_deleted(user: Editor) -> str:
    slot = user.pick(Slot)
    slot.delete(using=user.alias)
    return f"Slot {slot.slug} at {slot.pk} deleted"


PAIRS: list[Edit] = [
    country_created,
    country_renamed,
    country_deleted,
    shelf_created,
    shelves_overwritten,
    shelf_saved,
    shelf_moved,
    shelves_deleted,
    slot_created,
    slot_moved,
    slots_swapped,
    slot_renamed,
    slot_deleted,
]
