"""Objects are found although the key that a change names them by has just become another."""

from __future__ import annotations

import pytest

from consumers.apply import Outcome, apply
from feedsync.wire.page import Change
from tests.db.apply.building import category, country, deletion, language
from tests.library.models import Category, Country, Language

pytestmark = pytest.mark.django_db


def receive(*changes: Change) -> Outcome:
    return apply(changes, using="default")


def test_p03_a_child_is_deleted_by_the_key_that_its_parent_had() -> None:
    """In one batch the parent is renamed and a child, which still had the old key, goes."""
    receive(country("GB", 5), language("GB", "en", 5))
    assert receive(country("UK", 8, former=(["GB"],)), deletion("language", ["GB", "en"], 8)).deleted == 1
    assert not Language.objects.exists()
    assert Country.objects.get().code == "UK"


def test_p03_a_key_that_is_taken_over_means_the_new_object() -> None:
    """A row leaves a key, a new one takes it, and a third refers to it: to the new one."""
    receive(category("a", 5))
    receive(category("b", 8, former=(["a"],)), category("a", 8), category("c", 8, "a"))
    assert Category.objects.get(slug="c").parent == Category.objects.get(slug="a")
    assert Category.objects.get(slug="b").parent is None
