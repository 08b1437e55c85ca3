"""A condition over many rows: `(a, b) IN (SELECT … FROM these rows)`, one statement whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F
from django.db.models.expressions import ColPairs, Expression

from feedsync import typed_rows


class RowIn(Expression):
    """True where the columns equal one of the rows. `fields` say how the values are written for the database: by
    default, those of the columns. A lookup of a composite primary key stands for all of its columns."""

    conditional = True
    allows_composite_expressions = True
    output_field = BooleanField()

    def __init__(self, lookups: Sequence[str], fields: Sequence[Any] | None, rows: Sequence[Sequence[Any]]) -> None:
        super().__init__()
        self.columns: list[Any] = [F(lookup) for lookup in lookups]
        self.fields = fields
        self.rows = rows

    def get_source_expressions(self) -> list[Any]:
        return self.columns

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.columns = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # the stub wants more
        compiled = [compiler.compile(column) for column in self.columns]
        names = ", ".join(sql for sql, _ in compiled)
        params = [param for _, own in compiled for param in own]
        fields = self.fields or [field for column in self.columns for field in _fields(column)]
        rows = [
            [field.get_db_prep_value(value, connection) for field, value in zip(fields, row, strict=True)]
            for row in self.rows
        ]
        among, own = typed_rows.among(connection, fields, rows)
        return f"({names}) {among}", [*params, *own]


def _fields(column: Any) -> Sequence[Any]:
    return column.targets if isinstance(column, ColPairs) else [column.target]
