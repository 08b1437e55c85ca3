"""Primary keys as text: what marks and the ledger hold, of one column or of several."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsync import primary_keys
from tests.library.models import Country, Shelf, Slot, UuidThing


@pytest.mark.parametrize(
    ("model", "pk", "text"),
    [
        (Country, 7, "7"),
        (UuidThing, uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Shelf, (7, -2), "7/-2"),
        (Slot, ("a/b~c", 1), "a~1b~0c/1"),
        (Slot, ("", 1), "/1"),
    ],
    ids=["integer", "uuid", "two integers", "escaped", "empty"],
)
def test_the_text_of_a_key(model: Any, pk: Any, text: str) -> None:
    """There, and back again."""
    assert primary_keys.text(pk) == text
    assert primary_keys.value(model, text) == pk


@given(st.text(), st.integers())
def test_every_key_has_a_text_of_its_own(zone: str, place: int) -> None:
    """Whatever signs it is made of."""
    assert primary_keys.value(Slot, primary_keys.text((zone, place))) == (zone, place)


def test_the_columns_of_a_key() -> None:
    """A relation is the field, not its target's."""
    assert [field.name for field in primary_keys.columns(Country)] == ["id"]
    assert [field.name for field in primary_keys.columns(Shelf)] == ["country", "number"]
