"""A condition over many rows: `(a, b) IN (VALUES (1, 'x'), (2, 'y'))`, one statement whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F
from django.db.models.expressions import Expression

from consumers.apply.columntypes import cast_type


class RowIn(Expression):
    """True where the columns equal one of the rows. `fields` say how the values are written for the database."""

    conditional = True
    output_field = BooleanField()

    def __init__(self, lookups: Sequence[str], fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
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
        # The first row's types decide for all of them.
        first = ", ".join(f"%s::{cast_type(field, connection)}" for field in self.fields)
        plain = ", ".join(["%s"] * len(self.fields))
        head = first if connection.vendor == "postgresql" else plain
        values = ", ".join([f"({head})", *[f"({plain})"] * (len(self.rows) - 1)])
        for row in self.rows:
            params += [
                field.get_db_prep_value(value, connection) for field, value in zip(self.fields, row, strict=True)
            ]
        return f"({names}) IN (VALUES {values})", params
