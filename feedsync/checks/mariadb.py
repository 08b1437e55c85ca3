"""Checks of MariaDB: what its connection must be like, and, where a database may be asked, its server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage
from django.db import Error as DatabaseTrouble
from django.db import connections

from feedsync.checks.catalogue import Id, message
from feedsync.registry import feeds

ENGINE = "django.db.backends.mysql"
ISOLATION = "read committed"
PACKET = 32 * 1024 * 1024  # the largest change, 10 MB, as SQL with every byte escaped, and room for the statement


def check_isolation() -> Iterator[CheckMessage]:
    for alias in sorted({feed.alias for feed in feeds()}):
        yield from isolation_messages(alias, django_settings.DATABASES[alias])


def isolation_messages(alias: str, database: Mapping[str, Any]) -> Iterator[CheckMessage]:
    chosen = database.get("OPTIONS", {}).get("isolation_level", ISOLATION)
    if database.get("ENGINE") == ENGINE and str(chosen).lower() != ISOLATION:
        yield message(
            Id.ISOLATION,
            f"Transactions of the database {alias!r} read what was committed before they began ({chosen}).",
            hint=f"Leave isolation_level out of DATABASES[{alias!r}]['OPTIONS']: Django's own is {ISOLATION!r}.",
        )


def check_server(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Run by `migrate` and `check --database`."""
    with_feeds = {feed.alias for feed in feeds()}
    return [found for alias in databases or () if alias in with_feeds for found in _server(alias)]


def _server(alias: str) -> Iterator[CheckMessage]:
    connection: Any = connections[alias]
    if connection.vendor != "mysql":
        return
    try:
        if not connection.mysql_is_mariadb:
            text = f"The database {alias!r} is MySQL, which has no INSERT … RETURNING."
            yield message(Id.NO_MARIADB, text, hint="Use MariaDB 10.6 or newer, PostgreSQL, or SQLite.")
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@max_allowed_packet")
            [size] = cursor.fetchone()
    except DatabaseTrouble:  # Django's own checks say so
        return
    yield from packet_messages(alias, size)


def packet_messages(alias: str, size: int) -> Iterator[CheckMessage]:
    if size < PACKET:
        yield message(
            Id.PACKET,
            f"The server of the database {alias!r} takes statements of up to {size:,} bytes, "
            "and a change of 10 MB may need more.",
            hint=f"Set max_allowed_packet to {PACKET // 1024**2}M or more in the server's configuration.",
        )
