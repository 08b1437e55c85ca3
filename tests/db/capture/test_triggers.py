"""CAPTURE "triggers": what no hook in Django can see, and what must stay unseen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from typing import Any, cast

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_save
from pytest_django import Settings

from consumers.apply import apply
from feedsync import capture_disabled, natural_keys
from feedsync.checks.triggers import check_installed
from feedsync.models import FeedState, Mark
from feedsync.triggers import installing
from feedsync.wire.page import Change
from tests.db.capture.marks import changed, registered, take
from tests.library.models import CodeThing, Copy, Country, Language, NullableKey, Publication, Tag, UuidThing
from tests.settings import DATABASE

# On MariaDB making a trigger ends the transaction of a test.
pytestmark = pytest.mark.django_db(transaction=DATABASE == "mariadb")
NASTY = ['"quoted"', "back\\slash", "a\tb\nc\x01\x1f\x7f", "ä€😀\u2028", "/", "", " x "]


@pytest.fixture(autouse=True)
def _triggers(settings: Settings, db: None) -> Iterator[None]:
    settings.FEEDSYNC = {**settings.FEEDSYNC, "CAPTURE": "triggers"}
    installing.install("default")
    yield
    installing.remove("default")


def run(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("feedsync_triggers", *arguments, database=["default"], stdout=out, no_color=True)
    return out.getvalue()


def change(slug: str, version: int, *, deleted: bool = False) -> Change:
    fields = None if deleted else {"slug": slug, "label": ""}
    return Change(feed="library.tag", key=natural_keys.text([slug]), version=version, origin="elsewhere", fields=fields)


@pytest.mark.parametrize(
    "sql",
    [
        "/* a comment */ UPDATE library_tag SET label = 'x'",
        pytest.param(
            "WITH a AS (SELECT 'a' AS slug) UPDATE library_tag SET label = 'x' WHERE slug IN (SELECT slug FROM a)",
            marks=pytest.mark.not_on_mariadb("no WITH before an UPDATE"),
            id="with",
        ),
        pytest.param(
            "UPDATE library_tag SET label = 'x' RETURNING id",
            marks=pytest.mark.not_on_mariadb("no UPDATE that returns rows"),
            id="returning",
        ),
    ],
)
def test_text_of_any_kind_is_captured(sql: str) -> None:
    """Comments, WITH and RETURNING hide nothing from a trigger."""
    tag = Tag.objects.create(slug="a")
    take()
    run(sql)
    assert take() == changed(tag)


def test_a_whole_table_as_text_is_captured() -> None:
    """Every row that went, with its key."""
    tags = Tag.objects.bulk_create([Tag(slug="a"), Tag(slug="b")])
    take()
    run("DELETE FROM library_tag")
    assert take() == [("tag", str(tag.pk), natural_keys.text([tag.slug])) for tag in tags]


def test_many_statements_at_once_are_captured() -> None:
    """`executemany`, and no note that a pull is needed."""
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO library_tag (slug, label) VALUES (%s, '')", [("a",), ("b",)])
    assert take() == changed(*Tag.objects.all())
    assert not FeedState.objects.exclude(unchecked_since=None).exists()


@pytest.mark.postgres_only
def test_copy_and_truncate_are_captured() -> None:
    """COPY as a statement with its rows; TRUNCATE as the deletion of all, children too."""
    with connection.cursor() as cursor, cursor.copy("COPY library_country (code, name) FROM STDIN") as copy:
        copy.write_row(("GB", "Britain"))
    country = Country.objects.get()
    assert take() == changed(country)
    language = Language.objects.create(country=country, code="en")
    take()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("TRUNCATE library_country CASCADE")
    assert take() == [("country", str(country.pk), '["GB"]'), ("language", str(language.pk), '["GB","en"]')]


@pytest.mark.postgres_only
def test_cascades_of_the_database_are_captured() -> None:
    """ON DELETE CASCADE of the database itself: the children's marks are deletions."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "library_language")
    [name] = [name for name, constraint in constraints.items() if constraint["foreign_key"]]
    run(f"ALTER TABLE library_language DROP CONSTRAINT {name}")
    run("ALTER TABLE library_language ADD FOREIGN KEY (country_id) REFERENCES library_country ON DELETE CASCADE")
    country = Country.objects.create(code="GB")
    language = Language.objects.create(country=country, code="en")
    take()
    run("DELETE FROM library_country")
    # The country had gone before the language: only the ledger knows its key.
    assert take() == [("country", str(country.pk), '["GB"]'), ("language", str(language.pk), "")]


@pytest.mark.parametrize("text", NASTY)
def test_keys_are_spelled_as_python_does(text: str) -> None:
    """Canonical JSON, byte by byte, beyond relations too."""
    country = Country.objects.create(code=text[:10])
    language = Language.objects.create(country=country, code=text[:10])
    Copy.objects.create(language=language, key=text)
    take()
    run("DELETE FROM library_copy")
    [(_, _, key)] = take()
    spelled = DATABASE != "mariadb" or text.isprintable() or "\x01" not in text
    assert key == (natural_keys.text([text[:10], text[:10], text]) if spelled else "")


def test_primary_keys_are_spelled_as_python_does() -> None:
    """UUIDs with their dashes, texts as they are; the lane is that of the last character."""
    things = [UuidThing.objects.create(name="a"), CodeThing.objects.create(code="ä-€")]
    lanes = dict(Mark.objects.values_list("object_pk", "lane"))
    assert lanes == {str(thing.pk): ord(str(thing.pk)[-1]) % 8 for thing in things}


def test_nulls_in_keys() -> None:
    """NULL is JSON's null, whether the column or the reference is empty."""
    row = NullableKey.objects.create(country=None, code="x")
    take()
    run("DELETE FROM library_nullablekey")
    assert take() == [("nullablekey", str(row.pk), '[null,"x"]')]


def test_r20_apply_makes_no_mark_and_handlers_do() -> None:
    """Creations, updates and deletions of apply stay unseen; what a handler writes in consequence is captured."""

    def react(raw: bool, instance: Tag, **_: Any) -> None:
        if raw:
            Country.objects.get_or_create(code=instance.slug)

    apply([change("a", 5), change("b", 5)], using="default")
    apply([change("a", 6, deleted=True)], using="default")
    assert take() == []
    post_save.connect(react, sender=Tag)
    try:
        apply([change("c", 7)], using="default")
    finally:
        post_save.disconnect(react, sender=Tag)
    assert take() == changed(Country.objects.get(code="c"))
    Tag.objects.filter(slug="c").update(label="x")
    assert take() == changed(Tag.objects.get(slug="c"))


def test_r07_disabled_is_disabled_for_triggers_too() -> None:
    """No mark, and the record, for the ORM and for text."""
    with capture_disabled():
        Tag.objects.create(slug="a")
        run("UPDATE library_tag SET label = 'x'")
    assert take() == []
    assert FeedState.objects.get(feed="library.tag").unchecked_since
    Tag.objects.update(label="y")
    assert take() == changed(Tag.objects.get())


def test_r02_marks_share_the_transaction() -> None:
    """What is taken back leaves no mark."""
    with transaction.atomic():
        run("INSERT INTO library_tag (slug, label) VALUES ('a', '')")
        transaction.set_rollback(True)
    assert take() == []


def test_the_command_says_what_it_does(settings: Settings) -> None:
    """Install, check, remove; up to date, out of date, and with the other setting."""
    assert "triggers are as they should be." in command("--check")
    assert "CREATE TRIGGER" in command("--sql")
    assert "taken out" in command("--remove")
    assert check_installed(["default"])[0].id == "feedsync.W014"
    with pytest.raises(CommandError, match="out of date"):
        command("--check")
    assert "triggers installed" in command()
    assert check_installed(["default"]) == []
    settings.FEEDSYNC = {**settings.FEEDSYNC, "CAPTURE": "signals"}
    assert "marked twice" in str(check_installed(["default"])[0].hint)
    with pytest.raises(CommandError, match="needs no triggers"):
        command()


def test_a_registration_that_changes_makes_them_out_of_date() -> None:
    """A trigger has the name of what it does."""
    with registered(Publication, "code"):
        Publication.objects.create(code="p")
        assert len(take()) == 1
    assert not installing.state("default").missing
    assert set(installing.state("default").stale.values()) == {"library_publication"}
    installing.install("default")
    assert installing.state("default").good


def test_they_are_given_back() -> None:
    """Nothing of ours stays in the database."""
    installing.remove("default")
    found = {
        "mysql": "SELECT count(*) FROM information_schema.triggers WHERE trigger_name LIKE 'feedsync%%'",
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' OR name = 'feedsync_unseen'",
        "postgresql": r"SELECT count(*) FROM pg_proc WHERE proname LIKE 'feedsync\_%%'",
    }
    with connection.cursor() as cursor:
        cursor.execute(found[connection.vendor])
        assert cursor.fetchone() == (0,)


def test_before_they_are_installed_the_orm_is_captured() -> None:
    """A mark too many is one; a mark too few is a loss."""
    installing.remove("default")
    tag = Tag.objects.create(slug="a")
    assert take() == changed(tag)


@pytest.mark.django_db(transaction=True)
def test_migrate_installs_them() -> None:
    """At its end, whatever it did to the tables."""
    installing.remove("default")
    call_command("migrate", verbosity=0, database="default")
    assert installing.state("default").good


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_r03_a_table_that_a_migration_rebuilds_is_captured_meanwhile() -> None:
    """SQLite makes a new table for most alterations, and its triggers go with the old one."""
    model: Any = MigrationLoader(connection).project_state().apps.get_model("library", "Tag")
    field = models.CharField(max_length=99, default="")
    field.set_attributes_from_name("label")
    with connection.schema_editor() as editor:
        editor.alter_field(model, model._meta.get_field("label"), field)
    assert not {name for name, table in installing.state("default").stale.items() if table == "library_tag"}
    assert "library_tag" in {trigger.table for trigger in installing.state("default").missing}
    tag = model.objects.create(slug="a")
    assert take() == [("tag", str(tag.pk), None)]


@pytest.mark.django_db(transaction=True)
def test_other_programs_are_captured() -> None:
    """Whoever knows neither Django nor feedsync: a connection of the database's own driver."""
    place, Database = connection.settings_dict, cast("Any", connection).Database  # noqa: N806  # the driver's module
    if connection.vendor == "sqlite":
        other: Any = sqlite3.connect(place["NAME"], timeout=20)
    elif connection.vendor == "postgresql":
        other = psycopg.connect(host=place["HOST"], user=place["USER"], dbname=place["NAME"])
    else:
        other = Database.connect(unix_socket=place["HOST"], user=place["USER"], database=place["NAME"])
    with closing(other), closing(other.cursor()) as cursor:
        cursor.execute("INSERT INTO library_tag (slug, label) VALUES ('a', '')")
        other.commit()
    assert take() == changed(Tag.objects.get(slug="a"))
