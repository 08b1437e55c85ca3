"""One round trip on PostgreSQL: a write and its marks are one statement, so one transaction in autocommit mode too.

In: the SQL of a write that ends in RETURNING. Out: the same write as a data-modifying common table expression that
feeds the insertion of the marks. Only for objects whose primary key PostgreSQL spells as Python does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models

from feedsync import primary_keys
from feedsync.models import LANES
from feedsync.outbox import TABLE

if TYPE_CHECKING:
    from feedsync.capture.plan import Target

Sql = tuple[str, tuple[Any, ...]]

SAME_TEXT = frozenset(
    {
        "AutoField",
        "BigAutoField",
        "BigIntegerField",
        "CharField",
        "IntegerField",
        "PositiveBigIntegerField",
        "PositiveIntegerField",
        "PositiveSmallIntegerField",
        "SlugField",
        "SmallAutoField",
        "SmallIntegerField",
        "TextField",
        "UUIDField",
    }
)


@dataclass(frozen=True, slots=True)
class Insertion:
    """The statement that makes the marks. `one_each`: a mark for each row, so its row count is that of the write."""

    sql: str
    labels: tuple[str, ...]
    one_each: bool

    def after(self, write: Sql, answer: Sequence[str] | None) -> Sql:
        """`write`, marking; it answers these columns, or nothing but the row count (None)."""
        sql, params = write
        if answer is None and self.one_each:
            return f"WITH feedsync_w AS ({sql}) {self.sql}", (*params, *self.labels)
        columns = ", ".join(answer or ["1"])
        marked = f"WITH feedsync_w AS ({sql}), feedsync_m AS ({self.sql}) SELECT {columns} FROM feedsync_w"
        return marked, (*params, *self.labels)


def insertion(targets: Sequence[Target]) -> Insertion | None:
    """How these targets' marks are made from the rows of the write; None where SQL can't tell the objects."""
    if any(target.lookup or not all(map(_same_text, target.columns)) for target in targets):
        return None
    return Insertion(
        f"INSERT INTO {TABLE} (feed, object_pk, lane) " + " UNION ALL ".join(map(_select, targets)),
        tuple(target.feed.label for target in targets),
        one_each=len(targets) == 1 and not targets[0].is_member,
    )


def _same_text(field: Any) -> bool:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field.get_internal_type() in SAME_TEXT and not hasattr(field, "from_db_value")


def _select(target: Target) -> str:
    # One change of a set may write many rows of one owner.
    distinct = "DISTINCT " if target.is_member else ""
    pk = _text([column.column.strip('"') for column in target.columns])
    return f"SELECT {distinct}%s::text, {pk}, mod(ascii(right({pk}, 1)), {LANES}) FROM feedsync_w"


def _text(columns: Sequence[str]) -> str:
    """As `primary_keys.text`."""
    texts = [f'"{column}"::text' for column in columns]
    return texts[0] if len(texts) == 1 else primary_keys.joined_sql(texts)
