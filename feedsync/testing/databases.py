"""A database for each environment of a world that was given names only: a copy of the test database, made on first use.

With SQLite a copy is in memory and costs milliseconds; elsewhere Django clones the test database, as it does for tests
in parallel. Copies are known to this thread's connections and not to `settings.DATABASES`: no test case flushes them,
forbids them or wraps them in its transaction. They last as long as the process; a world begins with them empty.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.utils.connection import ConnectionDoesNotExist

PREFIX = "feedsync_"


def copies(names: Iterable[str]) -> dict[str, str]:
    """{environment: alias of its own database}."""
    aliases = {name: f"{PREFIX}{name}" for name in names}
    for alias in aliases.values():
        try:
            connections[alias]
        except ConnectionDoesNotExist:
            connections[alias] = _copy(connections[DEFAULT_DB_ALIAS], alias)
    return aliases


def _copy(source: Any, alias: str) -> Any:
    if source.in_atomic_block:
        raise RuntimeError(
            "A world's databases are copied from the test database, outside of its transactions: use a "
            "TransactionTestCase, or pytest.mark.django_db(transaction=True)."
        )
    return _in_memory(source, alias) if source.vendor == "sqlite" else _cloned(source, alias)


def _in_memory(source: Any, alias: str) -> Any:
    own = source.copy(alias)
    own.settings_dict["NAME"] = ":memory:"
    source.ensure_connection()
    own.ensure_connection()
    source.connection.backup(own.connection)
    return own


def _cloned(source: Any, alias: str) -> Any:
    """Django ends the connection to the source meanwhile: a database that somebody uses can't be a template."""
    source.creation.clone_test_db(alias, verbosity=0, autoclobber=True)
    own = source.copy(alias)
    own.settings_dict.update(source.creation.get_test_db_clone_settings(alias))
    atexit.register(_dropped, source, own)
    return own


def _dropped(source: Any, own: Any) -> None:
    """At the end of the process, when the server may be gone already."""
    with suppress(DatabaseError):
        own.close()
        source.creation._destroy_test_db(own.settings_dict["NAME"], verbosity=0)
