"""On MariaDB: what feedsync stores is compared byte by byte, as other databases do by themselves (R22).

In: `post_migrate`, so that no migration can forget it. Out: every text column of the app's tables has a collation
that tells upper from lower case, accents, and trailing spaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections

BYTEWISE = "utf8mb4_nopad_bin"


def compare_bytewise(*, app_config: Any, using: str, plan: Any = (), **_: Any) -> None:
    """Receives `post_migrate`; nothing was migrated where the plan is empty."""
    connection = connections[using]
    if connection.vendor != "mysql" or not plan:
        return
    with connection.cursor() as cursor:
        for table in list(_otherwise(cursor, app_config)):
            name = connection.ops.quote_name(table)
            cursor.execute(f"ALTER TABLE {name} CONVERT TO CHARACTER SET utf8mb4 COLLATE {BYTEWISE}")


def _otherwise(cursor: Any, app_config: Any) -> Iterator[str]:
    """Tables of the app that have a text column of another collation."""
    tables = [model._meta.db_table for model in app_config.get_models(include_auto_created=True)]
    cursor.execute(
        "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = DATABASE() "
        "AND collation_name IS NOT NULL AND collation_name <> %s AND table_name IN %s ORDER BY table_name",
        [BYTEWISE, tables],
    )
    yield from (row[0] for row in cursor.fetchall())
