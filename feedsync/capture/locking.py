"""Rows that are locked and looked at before the statement that writes them, which is narrowed to these very rows (R4).

In: the compiler of an UPDATE or a DELETE. Out: values of the fields that the marks need. For updates that change which
object a row stands for; on MariaDB, which knows no `UPDATE … RETURNING`, for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.sql import DeleteQuery
from django.db.models.sql.query import Query

from feedsync import primary_keys
from feedsync.anyof import any_of
from feedsync.capture.compiled import Rows


def lock(compiler: Any, using: str, fields: Sequence[Any]) -> Rows:
    """The rows that the statement matches; `fields` begin with the primary key. SQLite has one writer anyway."""
    rows = _matching(compiler, using).order_by("pk")
    features = compiler.connection.features
    if features.has_select_for_update:
        rows = rows.select_for_update(of=("self",) if features.has_select_for_update_of else ())
    found = list(rows.values_list(*(field.attname for field in fields)))
    _narrow(compiler.query, using, pks_of(compiler.query.model, found))
    return found


def pks_of(model: Any, rows: Rows) -> list[Any]:
    """The primary keys of rows of fields that begin with it."""
    width = len(primary_keys.columns(model))
    return [primary_keys.of(row[:width]) for row in rows]


def of_one_table(compiler: Any, using: str) -> Any:
    """The same DELETE; MariaDB returns rows of one that names a single table only."""
    if compiler.connection.vendor != "mysql" or compiler.single_alias:
        return compiler
    model = compiler.query.model
    rows = lock(compiler, using, primary_keys.columns(model))
    query: Any = DeleteQuery(model)
    _narrow(query, using, pks_of(model, rows))
    return query.get_compiler(using=using)


def _narrow(query: Any, using: str, pks: Sequence[Any]) -> None:
    query.add_q(Q(any_of(using, "pk", pks)))


def _matching(compiler: Any, using: str) -> QuerySet[Any]:
    """Of one table, the condition is looked at again when a lock was waited for; a subquery's rows would be those of
    before, of which some may match no more: they are marked in vain."""
    model = compiler.query.model
    query: Query = compiler.query.chain(klass=Query)
    query.clear_ordering(force=True)
    query.get_initial_alias()
    matching: QuerySet[Any] = QuerySet(model=model, query=query, using=using)
    if query.count_active_tables() == 1 and query.group_by is None:
        return matching
    rows: QuerySet[Any] = QuerySet(model=model, using=using)
    return rows.filter(pk__in=matching.values("pk"))
