"""What users' own tests are told of: statements that change a registered model's table and make no mark."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from consumers.apply import apply
from feedsync import capture_disabled, natural_keys, outbox
from feedsync.testing.uncaptured import Watch, watching
from feedsync.wire.page import Change
from tests.library.models import Copy, Country, Language, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_tag() -> None:
    Tag.objects.create(slug="a")


def ran(sql: str) -> Watch:
    with watching() as watch, connection.cursor() as cursor:
        cursor.execute(sql)
    return watch


@pytest.mark.parametrize(
    "sql",
    [
        "/* a comment */ UPDATE library_tag SET label = 'x'",
        pytest.param(
            "WITH ours AS (SELECT 'a' AS x) UPDATE library_tag SET label = 'x' WHERE slug IN (SELECT x FROM ours)",
            marks=pytest.mark.not_on_mariadb("WITH begins a SELECT only"),
        ),
        "DELETE FROM library_tag",
        "INSERT INTO library_tag (slug, label) VALUES ('b', '') RETURNING id",
        "-- first\nDELETE FROM \"library_tag\" WHERE slug = 'a'",
    ],
)
def test_what_makes_no_mark_is_noticed(sql: str) -> None:
    """With the feed, the statement and the line that ran it."""
    watch = ran(sql.replace('"', connection.ops.quote_name("x")[0]))
    assert [write.labels for write in watch.left()] == [("library.tag",)]
    told = str(watch.writes[0])
    assert sql[:20] in told
    assert "test_uncaptured.py" in told


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE library_tag SET label = 'x'",
        "INSERT INTO library_tag (slug, label) VALUES ('b', '')",
        "DELETE FROM library_tag WHERE slug = 'a'",
        "SELECT * FROM library_tag",
        "/* nobody's */ UPDATE django_content_type SET model = model",
    ],
)
def test_what_is_captured_or_concerns_no_feed_is_not(sql: str) -> None:
    """A single statement of text is captured."""
    assert ran(sql).writes == []


def test_sets_count_as_their_owners() -> None:
    """The table of a many-to-many field is written for the owner."""
    watch = ran("/* */ DELETE FROM library_copy_tags WHERE id < 0")
    assert [write.labels for write in watch.writes] == [("library.copy",)]


def test_the_orm_is_never_noticed() -> None:
    """In any of its forms, and what apply writes neither."""
    fields = {"slug": "b", "label": ""}
    change = Change(feed="library.tag", key=natural_keys.text(["b"]), version=5, origin="studio", fields=fields)
    with watching() as watch:
        language = Language.objects.create(country=Country.objects.create(code="GB"), code="en")
        copies = Copy.objects.bulk_create([Copy(language=language, key="k", value="v")])
        copies[0].tags.set(Tag.objects.all())
        Copy.objects.update(value="w")
        language.delete()
        apply([change], using="default")
    assert watch.writes == []


def test_many_at_once_are_noticed() -> None:
    """`executemany` runs past the capture, on record."""
    with watching() as watch, connection.cursor() as cursor:
        cursor.executemany("UPDATE library_tag SET label = %s WHERE slug = %s", [("x", "a"), ("y", "a")])
    assert [write.labels for write in watch.left()] == [("library.tag",)]


def test_whoever_marks_or_switches_off_has_thought_of_it() -> None:
    """Marks by hand, and a block that asks for a pull."""
    with watching() as watch, connection.cursor() as cursor:
        cursor.execute("/* */ UPDATE library_tag SET label = 'x'")
        outbox.mark("default", "library.tag", [(str(Tag.objects.get().pk), None)])
        with capture_disabled():
            cursor.execute("/* */ UPDATE library_tag SET label = 'y'")
    assert len(watch.writes) == 1
    assert watch.left() == []


@pytest.mark.django_db(transaction=True)
def test_emptying_a_test_database_is_nobodys_write() -> None:
    """Django's own flush."""
    with watching() as watch:
        call_command("flush", interactive=False, verbosity=0)
    assert watch.writes == []


@pytest.mark.postgres_only
def test_copy_and_truncate_are_noticed() -> None:
    """COPY goes past Django's cursor, and TRUNCATE may name several tables."""
    with watching() as watch, connection.cursor() as cursor:
        with cursor.copy("COPY library_tag (slug, label) FROM STDIN") as copy:
            copy.write_row(("b", ""))
        with cursor.copy("COPY library_tag TO STDOUT") as copy:
            assert len(list(copy)) == 2
        cursor.execute("TRUNCATE django_session, public.library_tag CASCADE")
    assert [write.labels for write in watch.writes] == [("library.tag",)] * 2


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_script_is_noticed() -> None:
    """Scripts go past Django's cursor."""
    with watching() as watch, connection.cursor() as cursor:
        cursor.executescript("UPDATE library_tag SET label = 'x'; SELECT 1")
    assert [write.labels for write in watch.writes] == [("library.tag",)]
