"""Statements written as text are captured as far as their rows can be told."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from feedsync import capture_disabled, registry
from feedsync.capture import raw
from feedsync.models import FeedState, Mark
from tests.db.capture import marks
from tests.library.models import Copy, Country, Language, Tag, UuidThing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


@pytest.fixture
def countries() -> list[Country]:
    return Country.objects.bulk_create(Country(code=code, name=code) for code in ("DE", "FR", "GB"))


def run(sql: str, *params: str | int) -> int:
    """The count of rows that the statement says it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        count: int = cursor.rowcount
    return count


def fail() -> None:
    with transaction.atomic():
        run("UPDATE library_country SET name = 'x'")
        run("UPDATE library_country SET code = 'x'")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE library_country SET name = %s WHERE code = %s",
        'update "library_country" as c set name = %s where c.code = %s;',
        "\n  UPDATE library_country SET name = %s WHERE id IN (SELECT id FROM library_country WHERE code = %s)",
    ],
)
def test_r03_updates_in_any_spelling(countries: list[Country], sql: str) -> None:
    """The rows that the statement itself changed are marked, and counted as ever."""
    marks.take()
    assert run(sql.replace('"', connection.ops.quote_name("x")[0]), "Germany", "DE") == 1
    assert marks.take() == marks.changed(countries[0])
    assert Country.objects.get(code="DE").name == "Germany"


def test_r03_insertions() -> None:
    """Rows that come by INSERT INTO … SELECT are marked, too."""
    run("INSERT INTO library_tag (slug, label) SELECT 'a', 'A' UNION ALL SELECT 'b', 'B'")
    assert marks.take() == marks.changed(*Tag.objects.all())


def test_r11_deletions_carry_the_key(countries: list[Country]) -> None:
    """A deletion by text says which key went, also beyond a relation."""
    language = Language.objects.create(country=countries[0], code="de")
    marks.take()
    assert run("DELETE FROM library_language WHERE code = 'de'") == 1
    assert marks.take() == [("language", str(language.pk), '["DE","de"]')]


def test_r05_members_of_a_set() -> None:
    """Text that writes a many-to-many table marks the owners."""
    language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
    copy, tag = Copy.objects.create(language=language, key="a"), Tag.objects.create(slug="t")
    marks.take()
    run(f"INSERT INTO {Copy.tags.through._meta.db_table} (copy_id, tag_id) VALUES (%s, %s)", copy.pk, tag.pk)
    assert marks.take() == marks.changed(copy)


def test_r03_other_primary_keys_are_spelled_as_ever() -> None:
    """A UUID comes back from the database as the ORM would give it."""
    thing = UuidThing.objects.create(id=uuid.uuid4())
    marks.take()
    run(f"UPDATE {UuidThing._meta.db_table} SET name = 'x'")
    assert marks.take() == marks.changed(thing)


def test_r02_a_rollback_takes_the_marks_along(countries: list[Country]) -> None:
    """The mark is in the statement's transaction."""
    marks.take()
    with pytest.raises(DatabaseError):
        fail()
    assert marks.take() == []


@pytest.mark.hooks_only
@pytest.mark.parametrize("sql", ["SELECT 1", "UPDATE auth_group SET name = 'x'", "DELETE FROM library_country"])
def test_what_concerns_no_feed_passes(countries: list[Country], sql: str) -> None:
    """Neither questions nor other tables; nor a whole table at once, which is how Django flushes."""
    marks.take()
    run(sql)
    assert marks.take() == []
    assert not FeedState.objects.exclude(unchecked_since=None).exists()


@pytest.mark.hooks_only
def test_r07_what_cannot_be_told_is_on_record(countries: list[Country]) -> None:
    """Many statements at once, or one that answers already, leave a note that a pull is needed."""
    marks.take()
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE library_country SET name = %s WHERE code = %s", [("a", "DE"), ("b", "FR")])
    assert FeedState.objects.get().cause == raw.CAUSE
    assert sorted(Country.objects.values_list("name", flat=True)) == ["GB", "a", "b"]


def test_r07_disabled_for_text_too(countries: list[Country]) -> None:
    """`capture_disabled()` means every write, on record."""
    marks.take()
    with capture_disabled():
        run("UPDATE library_country SET name = 'x'")
    assert not Mark.objects.exists()
    assert FeedState.objects.get().feed == "library.country"


def test_without_feeds_nobody_listens() -> None:
    """With the last registration gone, connections are as Django made them."""
    feeds = registry.feeds()
    for feed in feeds:
        registry.unregister(feed.model)
    try:
        assert not any(wrapper.__module__ == raw.__name__ for wrapper in connection.execute_wrappers)
    finally:
        for feed in feeds:
            registry.registry.add(feed)
    assert any(wrapper.__module__ == raw.__name__ for wrapper in connection.execute_wrappers)
