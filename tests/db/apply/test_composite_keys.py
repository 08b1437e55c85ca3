"""Changes of rows whose primary key is made of two columns."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.apply import Outcome, apply
from consumers.apply.outcome import Mode
from feedsync.models import LedgerEntry, Mark
from feedsync.wire.page import Change
from tests.db.apply.building import country, deletion, upsert
from tests.library.models import Country, Shelf, Slot

pytestmark = pytest.mark.django_db


def receive(*changes: Change) -> Outcome:
    return apply(changes, using="default")


def shelf(code: str, number: int, version: int, **values: Any) -> Change:
    fields = {"country": [code], "number": number, "label": "", **values}
    return upsert("shelf", [code, number], version, **fields)


def slot(slug: str, version: int, zone: str, place: int) -> Change:
    return upsert("slot", [slug], version, slug=slug, zone=zone, place=place)


def test_objects_are_made_changed_and_deleted() -> None:
    """Before the country that is part of their key, in one batch; the ledger knows them by the text of both columns."""
    receive(shelf("GB", 1, 5), shelf("GB", 2, 5), country("GB", 5))
    outcome = receive(shelf("GB", 1, 6, label="new"), deletion("shelf", ["GB", 2], 6))
    assert (outcome.updated, outcome.deleted) == (1, 1)
    [row] = Shelf.objects.all()
    assert (row.country.code, row.number, row.label) == ("GB", 1, "new")
    entry = LedgerEntry.objects.get(feed="library.shelf", deleted_at=None)
    assert entry.object_pk == f"{row.country_id}/1"
    assert not Mark.objects.exists()


def test_a_key_moves_with_its_row() -> None:
    """What is not registered stays, and the ledger follows."""
    receive(slot("x", 5, "a", 1))
    Slot.objects.update(note="mine")
    receive(slot("x", 6, "b", 2))
    row = Slot.objects.get()
    assert (row.pk, row.note) == (("b", 2), "mine")
    assert LedgerEntry.objects.get().object_pk == "b/2"


def test_r18_rows_swap_their_keys() -> None:
    """In one batch, in either part or in both."""
    receive(slot("x", 5, "a", 1), slot("y", 5, "b", 2), slot("z", 5, "a", 3))
    outcome = receive(slot("x", 6, "b", 2), slot("y", 6, "a", 1), slot("z", 6, "a", 4))
    assert (outcome.updated, outcome.parked) == (3, 0)
    assert {row.slug: row.pk for row in Slot.objects.all()} == {"x": ("b", 2), "y": ("a", 1), "z": ("a", 4)}


def test_a_parent_that_is_renamed_takes_its_rows_along() -> None:
    """Their keys change, their rows stay."""
    receive(country("GB", 5), shelf("GB", 1, 5))
    before = Shelf.objects.get().pk
    named: dict[str, Any] = {"country": ["UK"], "number": 1, "label": ""}
    receive(country("UK", 6, former=(["GB"],)), upsert("shelf", ["UK", 1], 6, former=(["GB", 1],), **named))
    assert Shelf.objects.get().pk == before
    assert Shelf.objects.get().country.code == "UK"


def test_a_parent_that_is_merged_takes_its_rows_along() -> None:
    """Two countries turn out to be one: shelves go over to the one that stays, equal ones are one, and the ledger
    knows them there."""
    receive(country("GB", 5), country("UK", 5), shelf("GB", 1, 5, label="old"), shelf("GB", 2, 5))
    receive(shelf("UK", 1, 6), shelf("UK", 3, 6))
    renamed = country("UK", 7, former=(["GB"],))
    rows = [upsert("shelf", ["UK", n], 7, former=(["GB", n],), country=["UK"], number=n, label="") for n in (1, 2)]
    assert receive(renamed, *rows).parked  # what stands in its way may have news of its own
    apply([renamed, *rows], using="default", mode=Mode.INSIST)
    [only] = Country.objects.all()
    assert only.code == "UK"
    assert {row.pk for row in Shelf.objects.all()} == {(only.pk, 1), (only.pk, 2), (only.pk, 3)}
    alive = LedgerEntry.objects.filter(feed="library.shelf", deleted_at=None)
    assert {(entry.key, entry.object_pk) for entry in alive} == {
        ('["UK",1]', f"{only.pk}/1"),
        ('["UK",2]', f"{only.pk}/2"),
        ('["UK",3]', f"{only.pk}/3"),
    }


def test_thousands_in_one_batch() -> None:
    """More than one statement's conditions would hold one by one."""
    receive(country("GB", 5))
    receive(*(shelf("GB", number, 5) for number in range(2500)))
    outcome = receive(*(shelf("GB", number, 6, label="x") for number in range(2500)))
    assert (outcome.updated, Shelf.objects.filter(label="x").count()) == (2500, 2500)
    outcome = receive(*(deletion("shelf", ["GB", number], 7) for number in range(2500)))
    assert (outcome.deleted, Shelf.objects.count()) == (2500, 0)
