"""Objects are found although the key that a change names them by has just become another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consumers.apply import Outcome, apply
from feedsync.wire.page import Change
from tests.db.apply.building import category, country, deletion, language, upsert
from tests.db.capture.marks import registered
from tests.library.models import Book, Category, Country, Language, Publication

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_two_tables() -> Iterator[None]:
    """Publications and books are feeds, each with its own objects."""
    with registered(Publication, "code"), registered(Book, "code"):
        yield


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


def test_p4_a_childs_own_part_goes_and_its_living_parent_stays(in_two_tables: None) -> None:
    """Elsewhere a publication is no book any more: only the book's table loses its row."""
    publication = upsert("publication", ["x"], 5, code="x", title="one")
    receive(publication, upsert("book", ["x"], 5, code="x", title="one", pages=3))
    assert receive(deletion("book", ["x"], 8)).deleted == 1
    assert not Book.objects.exists()
    assert Publication.objects.get().title == "one"
    assert receive(deletion("publication", ["x"], 9)).deleted == 1


def test_p4_a_child_whose_parent_goes_too_takes_it_along(in_two_tables: None) -> None:
    """Both deletions in one batch, or one after the other."""
    for version in (5, 15):
        receive(
            upsert("publication", ["x"], version, code="x", title=""),
            upsert("book", ["x"], version, code="x", title="", pages=3),
        )
        gone = [deletion("book", ["x"], version + 1), deletion("publication", ["x"], version + 1)]
        for batch in [gone] if version == 5 else [gone[:1], gone[1:]]:
            receive(*batch)
        assert not Publication.objects.exists()
