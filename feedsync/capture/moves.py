"""Updates that change which object a row stands for: another primary key, or another owner of a set's row.

In: the compiler of such an UPDATE. Out: marks of what the rows stood for before; the statement is narrowed to the very
rows that were looked at and locked (R4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet, Value

from feedsync import primary_keys
from feedsync.anyof import any_of
from feedsync.capture import locking
from feedsync.capture.compiled import Rows
from feedsync.capture.marking import Marking
from feedsync.capture.plan import Concern, Kind, Plan


def moved(compiler: Any, concern: Concern) -> bool:
    """Whether the UPDATE sets a column that names an object."""
    return any(field in concern.columns for field, _, _ in compiler.query.values)


def mark_before(compiler: Any, plan: Plan, using: str) -> None:
    """Mark the objects that the rows stand for now, as if these were deleted, and keep the UPDATE to these rows."""
    fields = _fields(plan)
    rows = locking.lock(compiler, using, fields)
    Marking(using=using, plan=plan, kind=Kind.DELETE).make(fields, rows)


def pks_after(compiler: Any, using: str, pks: Sequence[Any]) -> Sequence[Any]:
    """What the primary keys of these rows will be."""
    model = compiler.query.model
    columns = primary_keys.columns(model)
    given = {field: value for field, _, value in compiler.query.values if field in columns}
    if not given:
        return pks
    rows: QuerySet[Any] = QuerySet(model=model, using=using).filter(any_of(using, "pk", pks))
    return [primary_keys.of(row) for row in rows.values_list(*(_assigned(field, given) for field in columns))]


def _assigned(field: Any, given: Mapping[Any, Any]) -> Any:
    """What the column will hold, as an expression."""
    value = given.get(field, F(field.attname))
    if hasattr(value, "resolve_expression"):
        return value
    plain = value.prepare_database_save(field) if hasattr(value, "prepare_database_save") else value
    return Value(plain, output_field=field)


def rows_after(compiler: Any, using: str, fields: Sequence[Any], pks: Sequence[Any]) -> Rows:
    """The rows as they are now."""
    rows: QuerySet[Any] = QuerySet(model=compiler.query.model, using=using).filter(any_of(using, "pk", pks))
    return list(rows.values_list(*(field.attname for field in fields)))


def _fields(plan: Plan) -> list[Any]:
    concern = plan.concerns[Kind.DELETE]
    named = concern.columns if concern else ()
    key = plan.key.columns if plan.key else ()
    return list(dict.fromkeys([*primary_keys.columns(plan.model), *named, *key]))
