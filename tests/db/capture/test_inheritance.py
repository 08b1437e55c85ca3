"""Objects that lie in two tables: writes of either table mark them (R3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.db.capture.marks import registered, take
from tests.library.models import Book, Publication

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


@pytest.fixture(autouse=True)
def books() -> Iterator[None]:
    with registered(Book, "code"):
        yield


def test_r03_both_tables_mark_the_child() -> None:
    """Insertions, saves of both parts, and updates of one."""
    book = Book.objects.create(code="b", title="t", pages=3)
    mark = [("book", str(book.pk), None)]
    assert take() == mark
    book.save()
    assert take() == mark
    book.save(update_fields=["title"])
    assert take() == mark
    assert Book.objects.filter(pages=3).update(title="x") == 1
    assert take() == mark
    assert Book.objects.filter(title="x").update(title="y", pages=4) == 1
    assert take() == mark
    assert Book.objects.filter(pages=4).update(pages=5) == 1
    assert take() == mark
    assert Book.objects.filter(pages=77).update(title="y", pages=4) == 0
    assert take() == []


def test_r03_an_update_of_the_parent_marks_children_only() -> None:
    """A publication that is no book is no object of the feed."""
    book = Book.objects.create(code="b")
    Publication.objects.create(code="p")
    take()
    assert Publication.objects.update(title="x") == 2
    assert take() == [("book", str(book.pk), None)]
    Publication.objects.get(code="b").save()
    assert take() == [("book", str(book.pk), None)]


def test_the_key_of_a_deleted_child_is_read_from_the_parent() -> None:
    """The child's row goes first."""
    book = Book.objects.create(code="b")
    pk = str(book.pk)
    take()
    book.delete()
    assert take() == [("book", pk, '["b"]')]
    book = Book.objects.create(code="c")
    pk = str(book.pk)
    take()
    Publication.objects.all().delete()
    assert take() == [("book", pk, '["c"]')]


def test_a_child_may_go_alone() -> None:
    """keep_parents leaves a publication that is no book any more."""
    book = Book.objects.create(code="b")
    pk = str(book.pk)
    take()
    book.delete(keep_parents=True)
    assert take() == [("book", pk, '["b"]')]
    assert Publication.objects.count() == 1


def test_parent_and_child_as_two_feeds() -> None:
    """A write of the parent's table is a change of both objects."""
    with registered(Publication, "code"):
        book = Book.objects.create(code="b")
        both = [("book", str(book.pk), None), ("publication", str(book.pk), None)]
        assert take() == both
        book.save(update_fields=["title"])
        assert take() == both
        book.save(update_fields=["pages"])
        assert take() == both[:1]
        pk = str(book.pk)
        book.delete()
        assert take() == [("book", pk, '["b"]'), ("publication", pk, '["b"]')]
