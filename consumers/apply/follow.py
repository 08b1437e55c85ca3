"""Foreign keys that refer to something else than the primary key follow when their target's value changes.

A database checks such a reference by value: renaming a row in place would leave its referrers, registered or not,
pointing at nothing. All values move in one statement, so that two may be swapped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connections, models

from consumers.apply import rowset
from feedsync.capture.raw import UNSEEN

Pairs = Sequence[tuple[Any, Any]]  # (old value, new value), as Python has them


@contextmanager
def unchecked(using: str) -> Iterator[None]:
    """For statements that are wrong each and right together. PostgreSQL and SQLite look at foreign keys at the end
    anyway; MariaDB can't wait, but look away."""
    connection = connections[using]
    with nullcontext() if connection.features.can_defer_constraint_checks else connection.constraint_checks_disabled():
        yield


def follow(field: models.Field[Any, Any], using: str, pairs: Pairs) -> None:
    """Everything that refers to this column by an old value refers to the new one."""
    for referrer in referrers(field):
        replace(referrer, using, pairs)


def referrers(field: models.Field[Any, Any]) -> Iterator[models.ForeignKey[Any, Any]]:
    for relation in field.model._meta.get_fields(include_hidden=True):
        other = getattr(relation, "field", None)
        if relation.auto_created and isinstance(other, models.ForeignKey) and other.target_field is field:
            yield other


def replace(referrer: models.ForeignKey[Any, Any], using: str, pairs: Pairs) -> None:
    connection = connections[using]
    quote = connection.ops.quote_name
    rows = [[referrer.get_db_prep_save(value, connection) for value in pair] for pair in pairs]
    values = rowset.of(connection, [referrer, referrer], rows)
    table, column = quote(referrer.model._meta.db_table), quote(referrer.column)
    statement = rowset.update(connection, table, values, by=column, sets={column: values.names[1]})
    with connection.cursor() as cursor:
        cursor.execute(UNSEEN + statement, values.params)
