"""One round trip on PostgreSQL: the write and its marks are one statement, so they are one transaction in autocommit mode too.

In: the SQL of a write that ends in RETURNING. Out: the same write as a data-modifying common table expression that feeds the
insertion of the marks. Only for objects whose primary key PostgreSQL spells as Python does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models

from feedsync.capture.plan import Role, Target
from feedsync.models import LANES
from feedsync.outbox import TABLE

Sql = tuple[str, tuple[Any, ...]]

SAME_TEXT = frozenset(
    "AutoField BigAutoField SmallAutoField IntegerField BigIntegerField SmallIntegerField PositiveIntegerField "
    "PositiveBigIntegerField PositiveSmallIntegerField UUIDField CharField SlugField TextField".split()
)


def fits(targets: Sequence[Target]) -> bool:
    """Whether the marks of these targets can be made inside the statement."""
    return all(not target.lookup and _same_text(target.column) for target in targets)


def _same_text(field: Any) -> bool:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field.get_internal_type() in SAME_TEXT and not hasattr(field, "from_db_value")


def counts(targets: Sequence[Target]) -> bool:
    """Whether there is one mark for each row, so that the marks' count is the count of the rows."""
    return len(targets) == 1 and targets[0].role is Role.OBJECT


def with_marks(write: Sql, targets: Sequence[Target], answer: Sequence[str] | None) -> Sql:
    """`write`, marking; it answers these columns, or nothing but the row count (None)."""
    sql, params = write
    marks = f"INSERT INTO {TABLE} (feed, object_pk, lane) " + " UNION ALL ".join(map(_select, targets))
    labels = tuple(target.feed.label for target in targets)
    if answer is None and counts(targets):
        return f"WITH feedsync_w AS ({sql}) {marks}", (*params, *labels)
    columns = ", ".join(answer or ["1"])
    return f"WITH feedsync_w AS ({sql}), feedsync_m AS ({marks}) SELECT {columns} FROM feedsync_w", (*params, *labels)


def _select(target: Target) -> str:
    # One change of a set may write many rows of one owner.
    distinct = "DISTINCT " if target.role is Role.MEMBER else ""
    pk = f'"{target.column.column}"::text'
    return f"SELECT {distinct}%s::text, {pk}, mod(ascii(right({pk}, 1)), {LANES}) FROM feedsync_w"
