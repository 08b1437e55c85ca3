"""The triggers that the registered feeds need, from the same plans that the hooks of `CAPTURE` "signals" follow.

In: a connection. Out: `Trigger`s of every table whose rows are objects, parts of objects, or members of their sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from feedsync import primary_keys
from feedsync.capture.plan import Kind, Plan, Role, Target, plan_of
from feedsync.triggers.dialect import Dialect, Rows, Trigger, literal, quoted
from feedsync.triggers.keys import key_sql, kind_of

NO_KEY = "NULL"


def wanted(dialect: Dialect, tables: frozenset[str]) -> list[Trigger]:
    """For those of these tables that concern feeds."""
    found: list[Trigger] = []
    for plan in plans():
        if plan.model._meta.db_table.strip('"') in tables:
            found += _of(dialect, plan)
    return found


def plans() -> Iterator[Plan]:
    for model in apps.get_models(include_auto_created=True):
        plan = None if model._meta.proxy else plan_of(model)
        if plan is not None:
            yield plan


def unspelled(plan: Plan) -> list[Target]:
    """Those whose primary keys SQL can't spell."""
    return [target for target in plan.targets if None in map(kind_of, target.columns)]


def _of(dialect: Dialect, plan: Plan) -> Iterator[Trigger]:
    if unspelled(plan):  # a check refuses it
        return
    for kind in Kind:
        selects = list(_selects(dialect, plan, kind))
        if selects:
            yield from dialect.triggers(plan.model._meta.db_table.strip('"'), kind, selects)


def _selects(dialect: Dialect, plan: Plan, kind: Kind) -> Iterator[str]:
    concern = plan.concerns[kind]
    for target in concern.targets if concern else ():
        if kind is Kind.DELETE:
            yield _select(dialect, target, dialect.OLD, key=_deleted(dialect, plan, target))
            continue
        yield _select(dialect, target, dialect.NEW)
        if kind is Kind.UPDATE and target.role is not Role.ANCESTOR:
            # The row stands for another object now; what it stood for before is gone, or has lost a member.
            moved = dialect.moved([column.column for column in target.columns])
            yield _select(dialect, target, dialect.OLD, key=_deleted(dialect, plan, target), condition=moved)


def _deleted(dialect: Dialect, plan: Plan, target: Target) -> str:
    return key_sql(dialect, plan.key, dialect.OLD) if target.role is Role.OBJECT else NO_KEY


def _select(dialect: Dialect, target: Target, rows: Rows, *, key: str = NO_KEY, condition: str = "") -> str:
    text = _pk_text(dialect, target, rows)
    conditions = [each for each in (condition, _is_object(target, rows)) if each]
    values = f"{literal(target.feed.label)}, {text}, {dialect.lane(text)}, {key}"
    distinct = "DISTINCT " if target.is_member and rows.source else ""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {distinct}{values} {rows.source}{where}"


def _pk_text(dialect: Dialect, target: Target, rows: Rows) -> str:
    texts = [dialect.text(kind_of(column) or "", rows.column(column.column)) for column in target.columns]
    return texts[0] if len(texts) == 1 else primary_keys.joined_sql(texts)


def _is_object(target: Target, rows: Rows) -> str:
    """Where the row may belong to an object of another model: whether it has a part in the feed's own table."""
    if not target.lookup:
        return ""
    meta: Any = target.model._meta
    [column] = (rows.column(column.column) for column in target.columns)
    return f"EXISTS (SELECT 1 FROM {quoted(meta.db_table)} c WHERE c.{quoted(meta.pk.column)} = {column})"
