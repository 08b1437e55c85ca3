"""What the checks say of MariaDB."""

from __future__ import annotations

import pytest

from feedsync.checks import mariadb


@pytest.mark.parametrize("options", [{}, {"isolation_level": "READ COMMITTED"}])
def test_djangos_own_isolation_is_right(options: dict[str, str]) -> None:
    """Nothing to say."""
    assert list(mariadb.isolation_messages("default", {"ENGINE": mariadb.ENGINE, "OPTIONS": options})) == []
    assert list(mariadb.check_isolation()) == []


@pytest.mark.parametrize("level", ["repeatable read", "serializable", None])
def test_any_other_isolation_is_refused(level: str | None) -> None:
    """Also the server's own, whatever it is: what was waited for must be seen."""
    database = {"ENGINE": mariadb.ENGINE, "OPTIONS": {"isolation_level": level}}
    (found,) = mariadb.isolation_messages("default", database)
    assert found.id == "feedsync.E022"


def test_other_databases_have_levels_of_their_own() -> None:
    """PostgreSQL's option has the same name."""
    database = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"isolation_level": 4}}
    assert list(mariadb.isolation_messages("default", database)) == []


def test_a_statement_must_hold_a_change() -> None:
    """The limit that a server has by itself is too small for the largest change."""
    (found,) = mariadb.packet_messages("default", 16 * 1024**2)
    assert found.id == "feedsync.W017"
    assert list(mariadb.packet_messages("default", 32 * 1024**2)) == []
