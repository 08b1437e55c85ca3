"""Writes that mark what they write: one function for each kind of statement.

In: a compiler, Django's own `execute_sql` and the targets of the table. Out: what Django's would have answered; the marks are in the same
transaction. PostgreSQL does most writes and their marks in one statement (`feedsync.capture.postgres`); the rest runs with RETURNING and
one more statement inside `atomic`, without a savepoint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models.sql.constants import ROW_COUNT

from feedsync import outbox
from feedsync.capture import compiled, moves, postgres
from feedsync.capture.compiled import Rows
from feedsync.capture.marking import Marking
from feedsync.capture.plan import Kind, Plan, Target

Execute = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Write:
    """One statement that concerns feeds."""

    compiler: Any
    original: Execute
    plan: Plan
    kind: Kind

    @cached_property
    def using(self) -> str:
        return compiled.alias_of(self.compiler)

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        return self.plan.by_kind[self.kind]

    @cached_property
    def columns(self) -> list[Any]:
        """What to return of each row, so that its marks can be made."""
        return list(dict.fromkeys(target.column for target in self.targets))

    @property
    def in_one_statement(self) -> bool:
        return (
            self.compiler.connection.vendor == "postgresql"
            and postgres.fits(self.targets)
            and not (self.kind is Kind.DELETE and self.plan.own)
            and not any(outbox.suppressed_pks(self.using, target.feed.label) for target in self.targets)
        )

    def marking(self) -> Marking:
        return Marking(using=self.using, plan=self.plan, kind=self.kind)


def insert(write: Write, returning_fields: Any) -> Any:
    asked = list(returning_fields or ())
    if write.in_one_statement:
        return _insert_in_one(write, asked, returning_fields)
    fields = list(dict.fromkeys([*asked, *write.columns]))
    with transaction.atomic(using=write.using, savepoint=False):
        rows = compiled.run_insert(write.compiler, fields)
        write.marking().make(fields, rows)
    return [row[: len(asked)] for row in rows] if asked else []


def _insert_in_one(write: Write, asked: list[Any], returning_fields: Any) -> Any:
    compiler = write.compiler
    fields = list(dict.fromkeys([*asked, *write.columns]))
    answer = compiled.quoted(compiler, asked) if asked else None

    def as_sql() -> list[postgres.Sql]:
        return [postgres.with_marks(sql, write.targets, answer) for sql in compiled.inserting(compiler, fields)]

    with compiled.rewritten(compiler, as_sql):
        rows = write.original(compiler, returning_fields)
    outbox.wake_after_commit(write.using)
    return rows


def update(write: Write, result_type: Any) -> Any:
    moving = moves.moved(write.compiler, write.targets)
    if write.in_one_statement and not moving:
        return _run_in_one(write, result_type)
    with transaction.atomic(using=write.using, savepoint=False):
        if moving:
            moves.mark_before(write.compiler, write.plan, write.using)
        rows = compiled.run_returning(write.compiler, write.columns)
        if rows:
            write.marking().make(write.columns, rows)
        return _related_updates(write, result_type, rows)


def _related_updates(write: Write, result_type: Any, rows: Rows | None) -> Any:
    """Django's own loop over the parents' tables of a multi-table child; the child's own statement has run."""
    with compiled.rewritten(write.compiler, lambda: ("", ())):
        rest = write.original(write.compiler, result_type)
    return rest if rows is None else len(rows)


def update_returning(write: Write, returning_fields: Sequence[Any]) -> Any:
    """The UPDATE of `save()` since Django 6.0, where the database computes a field."""
    if not returning_fields or not write.compiler.connection.features.can_return_rows_from_update:
        return write.original(write.compiler, returning_fields)  # which calls execute_sql
    fields = list(dict.fromkeys([*returning_fields, *write.columns]))
    moving = moves.moved(write.compiler, write.targets)
    if write.in_one_statement and not moving:
        return _update_returning_in_one(write, list(returning_fields), fields)
    with transaction.atomic(using=write.using, savepoint=False):
        if moving:
            moves.mark_before(write.compiler, write.plan, write.using)
        rows = write.original(write.compiler, fields)
        write.marking().make(fields, rows)
    return [tuple(row[: len(returning_fields)]) for row in rows]


def _update_returning_in_one(write: Write, asked: list[Any], fields: list[Any]) -> Any:
    compiler = write.compiler

    def as_sql() -> postgres.Sql:
        compiler.returning_fields = fields
        try:
            sql, params = compiled.plain_sql(compiler)
        finally:
            compiler.returning_fields = asked
        return postgres.with_marks((sql, params), write.targets, compiled.quoted(compiler, asked))

    with compiled.rewritten(compiler, as_sql):
        rows = write.original(compiler, asked)
    outbox.wake_after_commit(write.using)
    return rows


def delete(write: Write, result_type: Any) -> Any:
    if write.in_one_statement:
        return _run_in_one(write, result_type)
    key = write.plan.key
    fields = list(dict.fromkeys([*write.columns, *(key.columns if key else ())]))
    with transaction.atomic(using=write.using, savepoint=False):
        rows = compiled.run_returning(write.compiler, fields)
        if rows is None:
            return None
        write.marking().make(fields, rows)
    return len(rows)


def _run_in_one(write: Write, result_type: Any) -> Any:
    """An UPDATE or DELETE; the count of its marks, or of what it selects, is the count of its rows."""
    compiler = write.compiler
    with_columns = compiled.returning(compiler, write.columns)

    def as_sql() -> Any:
        sql, params = with_columns()
        return postgres.with_marks((sql, tuple(params)), write.targets, None) if sql else (sql, params)

    with compiled.rewritten(compiler, as_sql):
        count = write.original(compiler, result_type)
    if count or result_type != ROW_COUNT:
        outbox.wake_after_commit(write.using)
    return count
