"""MariaDB: what its tables and sessions must not change, and what its server is asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection
from django.utils import timezone

from consumers.apply import apply
from consumers.models import ParkedChange
from feedsync import collations, outbox
from feedsync.checks import mariadb
from feedsync.models import FeedState, LedgerEntry, Mark
from feedsync.wire.page import Change
from tests.db.capture.marks import take
from tests.library.models import Copy, Country, Language, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.mariadb_only]


def rows(sql: str, *params: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def test_r22_feedsyncs_own_texts_are_compared_byte_by_byte() -> None:
    """Every text column of every table, so that no migration forgets it; and a trailing space counts."""
    tables = [
        model._meta.db_table
        for label in ("feedsync", "feedsync_consumers")
        for model in apps.get_app_config(label).get_models()
    ]
    found = rows(
        "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = DATABASE() "
        "AND collation_name IS NOT NULL AND table_name IN %s",
        tables,
    )
    assert found == [(collations.BYTEWISE,)]
    LedgerEntry.objects.bulk_create(
        LedgerEntry(feed="f", key="[]", key_hash=name, object_pk=name) for name in ("a", "A", "a ")
    )
    assert LedgerEntry.objects.filter(object_pk="a").count() == 1


def test_moments_are_in_utc_wherever_the_session_is() -> None:
    """A mark's time decides between two edits (P1); the session's zone is nobody's business."""
    rows("SET time_zone = '+05:00'")
    try:
        outbox.mark("default", "library.tag", [("1", None)])
        assert abs(Mark.objects.get().at - timezone.now()) < dt.timedelta(minutes=1)
        assert "utc_timestamp" in str(rows("SHOW CREATE TABLE feedsync_mark")).lower()
    finally:
        rows("SET time_zone = 'SYSTEM'")


def test_r22_another_spelling_of_a_unique_value_is_a_conflict() -> None:
    """The column says that "gb" is "GB"; the key doesn't: the change waits, and the row stays as it is."""
    Country.objects.create(code="gb", name="here")
    change = Change(
        feed="library.country", key='["GB"]', version=5 << 16, origin="studio", fields={"code": "GB", "name": "there"}
    )
    assert apply([change], using="default").parked == 1
    assert ParkedChange.objects.get().reason == ParkedChange.Reason.CONFLICT
    assert Country.objects.get().name == "here"


def test_r07_updates_as_text_whose_rows_cannot_be_told_are_on_record() -> None:
    """ORDER BY with LIMIT, as only MariaDB has it."""
    Tag.objects.bulk_create([Tag(slug="a"), Tag(slug="b")])
    take()
    rows("UPDATE library_tag SET label = 'x' ORDER BY slug LIMIT 1")
    assert Tag.objects.filter(label="x").count() == 1
    assert take() == []
    assert FeedState.objects.get().feed == "library.tag"


def test_r04_a_deletion_beyond_a_relation_marks_what_it_deletes() -> None:
    """MariaDB returns nothing from a DELETE of several tables: it becomes one of a single table."""
    for code in ("GB", "FR"):
        language = Language.objects.create(country=Country.objects.create(code=code), code="en")
        Copy.objects.create(language=language, key="a")
    copy = Copy.objects.get(language__country__code="FR")
    take()
    assert Copy.objects.filter(language__country__code="FR")._raw_delete("default") == 1
    assert take() == [("copy", str(copy.pk), '["FR","en","a"]')]


def test_the_server_of_the_tests_is_as_it_should_be() -> None:
    """`check --database default` has nothing to say, and a server that is away is for Django to tell."""
    assert mariadb.check_server(["default", "other"]) == []


def test_a_small_packet_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check asks the server that there is."""
    rows("SELECT 1")
    monkeypatch.setattr(mariadb, "PACKET", 10**12)
    assert [found.id for found in mariadb.check_server(["default"])] == ["feedsync.W017"]


def test_the_ledger_locks_what_it_asks_for_and_nothing_else() -> None:
    """A table of a few rows would be walked through, all of it locked."""
    LedgerEntry.objects.bulk_create(LedgerEntry(feed="f", key="[]", key_hash=f"{number:032}") for number in range(20))
    [(plan,)] = rows(
        "EXPLAIN FORMAT=JSON SELECT * FROM feedsync_ledgerentry FORCE INDEX (feedsync_ledger_key) "
        "WHERE feed = 'f' AND key_hash IN (%s, %s) FOR UPDATE",
        f"{1:032}",
        f"{2:032}",
    )
    assert '"access_type": "range"' in str(plan)
    with pytest.raises(OperationalError):
        rows("SELECT * FROM feedsync_ledgerentry FORCE INDEX (nowhere)")
