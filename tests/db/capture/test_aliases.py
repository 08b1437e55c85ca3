"""Marks are in the database of the rows (R6), where that database has an outbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connections

from feedsync import outbox
from feedsync.errors import ConfigurationError
from tests.db.capture.marks import changed, deleted, take
from tests.library.models import Copy, Country, Language, Tag

pytestmark = pytest.mark.django_db(databases=["default", "other"], transaction=True)


def test_r06_marks_are_where_the_rows_are() -> None:
    """Saves, bulk writes, sets and cascades of the other database leave the default one alone."""
    country = Country.objects.using("other").create(code="GB")
    language = Language.objects.using("other").create(country=country, code="en")
    copies = Copy.objects.using("other").bulk_create([Copy(language=language, key="k")])
    tags = Tag.objects.using("other").bulk_create([Tag(slug="a")])
    take("other")
    copies[0].tags.set(tags)
    assert take("other") == changed(*copies)
    pks = (copies[0].pk, country.pk, language.pk)
    country.delete()
    assert deleted("other") == [
        ("copy", str(pks[0]), '["GB","en","k"]'),
        ("country", str(pks[1]), '["GB"]'),
        ("language", str(pks[2]), '["GB","en"]'),
    ]
    assert take() == []


@pytest.fixture
def no_outbox() -> Iterator[None]:
    """The other database as it is before feedsync's migrations ran there."""
    with connections["other"].cursor() as cursor:
        cursor.execute("ALTER TABLE feedsync_mark RENAME TO feedsync_mark_away")
    outbox.look_again(using="other")
    yield
    with connections["other"].cursor() as cursor:
        cursor.execute("ALTER TABLE feedsync_mark_away RENAME TO feedsync_mark")


@pytest.mark.usefixtures("no_outbox")
def test_writes_before_the_outbox_exists_work() -> None:
    """Data migrations of registered models may run before feedsync's own; nothing of it is remembered."""
    tag = Tag.objects.using("other").create(slug="a")
    Tag.objects.using("other").update(label="x")
    tag.delete()
    assert not outbox.is_ready("other")


def test_an_outbox_that_appears_is_used() -> None:
    """Only that it is there is remembered, not that it wasn't."""
    outbox.look_again(using="other")
    tag = Tag.objects.using("other").create(slug="a")
    assert take("other") == changed(tag)


def test_a_migration_makes_it_look_again() -> None:
    """`migrate feedsync zero` in this process doesn't leave writes that fail."""
    assert outbox.is_ready("other")
    call_command("migrate", database="other", verbosity=0)
    assert "other" not in outbox._ready


def test_a_database_without_returning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a sentence, not with a syntax error of the database."""
    outbox.look_again(using="other")
    monkeypatch.setattr(type(connections["other"].features), "can_return_rows_from_bulk_insert", False)
    with pytest.raises(ConfigurationError, match="'other' must be PostgreSQL"):
        Tag.objects.using("other").create(slug="a")
