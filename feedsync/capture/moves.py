"""Updates that change which object a row stands for: another primary key, or another owner of a set's row.

In: the compiler of such an UPDATE. Out: marks of what the rows stood for before; the statement is narrowed to the very
rows that were looked at and, on PostgreSQL, locked (R4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.sql.query import Query

from feedsync.capture.marking import Marking
from feedsync.capture.plan import Concern, Kind, Plan


def moved(compiler: Any, concern: Concern) -> bool:
    """Whether the UPDATE sets a column that names an object."""
    return any(field in concern.columns for field, _, _ in compiler.query.values)


def mark_before(compiler: Any, plan: Plan, using: str) -> None:
    """Mark the objects that the rows stand for now, as if these were deleted, and keep the UPDATE to these rows."""
    fields = _fields(plan)
    rows = _rows(compiler, using, fields)
    Marking(using=using, plan=plan, kind=Kind.DELETE).make(fields, rows)
    compiler.query.add_filter("pk__in", [row[0] for row in rows])


def _fields(plan: Plan) -> list[Any]:
    concern = plan.concerns[Kind.DELETE]
    named = concern.columns if concern else ()
    key = plan.key.columns if plan.key else ()
    return list(dict.fromkeys([plan.model._meta.pk, *named, *key]))


def _rows(compiler: Any, using: str, fields: Sequence[Any]) -> list[Any]:
    matching: QuerySet[Any] = QuerySet(model=compiler.query.model, query=_selecting(compiler), using=using)
    rows: QuerySet[Any] = QuerySet(model=compiler.query.model, using=using).order_by("pk")
    rows = rows.filter(pk__in=matching.values("pk"))
    if compiler.connection.vendor == "postgresql":
        rows = rows.select_for_update(of=("self",))
    return list(rows.values_list(*(field.attname for field in fields)))


def _selecting(compiler: Any) -> Query:
    query: Query = compiler.query.chain(klass=Query)
    query.clear_ordering(force=True)
    return query
