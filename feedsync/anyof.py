"""A condition over many values: `column = ANY(array)` on PostgreSQL, where placeholders cost more than the rows.

Elsewhere it is Django's own `__in`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections
from django.db.models import BooleanField, F, Q
from django.db.models.expressions import Expression

from feedsync.rowin import RowIn


def any_of(using: str, lookup: str, values: Iterable[Any]) -> Q | AnyOf | RowIn:
    """For `QuerySet.filter`: rows whose column, or whose composite primary key, is one of the values."""
    wanted = list(values)
    if wanted and isinstance(wanted[0], tuple):
        return RowIn([lookup], None, wanted)
    if connections[using].vendor != "postgresql" or not wanted:
        return Q(**{f"{lookup}__in": wanted})
    return AnyOf(lookup, wanted)


class AnyOf(Expression):
    """True where the column equals one of the values."""

    conditional = True
    output_field = BooleanField()

    def __init__(self, lookup: str, values: Sequence[Any]) -> None:
        super().__init__()
        self.column: Any = F(lookup)
        self.values = values

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        [self.column] = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # the stub wants more
        sql, params = compiler.compile(self.column)
        field = self.column.output_field
        field = getattr(field, "target_field", field)
        values = [field.get_db_prep_value(value, connection) for value in self.values]
        return f"{sql} = ANY(%s)", [*params, values]
