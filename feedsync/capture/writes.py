"""Writes that mark what they write: one function for each kind of statement.

In: a compiler, Django's own execution of its statement, and the plan of the table. Out: what Django's would have
answered; the marks are in the same transaction. PostgreSQL does most writes and their marks in one statement
(`feedsync.capture.postgres`); the rest runs with RETURNING and one more statement inside `atomic`, without a savepoint.
MariaDB has no UPDATE … RETURNING: there the rows are locked and looked at first (`feedsync.capture.locking`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.sql.constants import ROW_COUNT

from feedsync import outbox, primary_keys
from feedsync.capture import compiled, locking, moves
from feedsync.capture.compiled import Rows, returns_updates
from feedsync.capture.marking import Marking
from feedsync.capture.plan import Concern, Kind, Plan
from feedsync.capture.postgres import Insertion, Sql

Execute = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One statement that concerns feeds. `original`: Django's own execution of it."""

    compiler: Any
    original: Execute
    plan: Plan
    kind: Kind
    concern: Concern

    @property
    def using(self) -> str:
        return compiled.alias_of(self.compiler)

    @property
    def insertion(self) -> Insertion | None:
        """How the marks are made within the statement; None where it takes a second one."""
        if self.compiler.connection.vendor != "postgresql" or outbox.suppresses(self.using, self.concern.labels):
            return None
        return self.concern.insertion

    def mark(self, fields: Sequence[Any], rows: Rows) -> None:
        """Make the marks of these rows by a second statement."""
        Marking(using=self.using, plan=self.plan, kind=self.kind).make(fields, rows)

    def mark_moving(self) -> bool:
        """Where the rows will stand for other objects, mark those that they stand for now."""
        moving = moves.moved(self.compiler, self.concern)
        if moving:
            moves.mark_before(self.compiler, self.plan, self.using)
        return moving


def insert(write: Write, returning_fields: Any) -> Any:
    asked = list(returning_fields or ())
    fields = list(dict.fromkeys([*asked, *write.concern.columns]))
    if (insertion := write.insertion) is not None:
        return _insert_in_one(write, insertion, asked, fields)
    with transaction.atomic(using=write.using, savepoint=False):
        rows = compiled.run_insert(write.compiler, fields)
        write.mark(fields, rows)
    return [row[: len(asked)] for row in rows] if asked else []


def _insert_in_one(write: Write, insertion: Insertion, asked: list[Any], fields: list[Any]) -> Any:
    compiler = write.compiler
    answer = compiled.quoted(compiler, asked) if asked else None

    def as_sql() -> list[Sql]:
        return [insertion.after(sql, answer) for sql in compiled.compiled(compiler, fields)]

    with compiled.rewritten(compiler, as_sql):
        rows = write.original(compiler, asked or None)
    outbox.wake_after_commit(write.using)
    return rows


def update(write: Write, result_type: Any) -> Any:
    if (insertion := write.insertion) is not None and not moves.moved(write.compiler, write.concern):
        return _run_in_one(write, insertion, result_type)
    if not returns_updates(write.compiler):
        return _update_locked(write, result_type)
    with transaction.atomic(using=write.using, savepoint=False):
        write.mark_moving()
        rows = compiled.run_returning(write.compiler, write.concern.columns)
        write.mark(write.concern.columns, rows or [])
        # Django's loop over the tables of a child's parents; the child's own statement has run.
        with compiled.rewritten(write.compiler, lambda: ("", ())):
            related = write.original(write.compiler, result_type)
    return related if rows is None else len(rows)


def _update_locked(write: Write, result_type: Any) -> Any:
    """The rows are marked by what they were; where they stand for other objects now, by what they are, too."""
    compiler = write.compiler
    if not compiler.query.values:  # those of a child's parents have updates of their own
        return write.original(compiler, result_type)
    fields = list(dict.fromkeys([*primary_keys.columns(write.plan.model), *write.concern.columns]))
    with transaction.atomic(using=write.using, savepoint=False):
        moving = write.mark_moving()
        rows = locking.lock(compiler, write.using, fields)
        pks = moves.pks_after(compiler, write.using, locking.pks_of(write.plan.model, rows)) if moving else []
        count = write.original(compiler, result_type)
        write.mark(fields, moves.rows_after(compiler, write.using, fields, pks) if moving else rows)
    return count


def update_returning(write: Write, returning_fields: Any) -> Any:
    """The UPDATE of `save()` since Django 6.0, where the database computes a field."""
    if not returning_fields or not write.compiler.connection.features.can_return_rows_from_update:
        return write.original(write.compiler, returning_fields)  # which calls execute_sql
    asked = list(returning_fields)
    fields = list(dict.fromkeys([*asked, *write.concern.columns]))
    if (insertion := write.insertion) is not None and not moves.moved(write.compiler, write.concern):
        return _update_returning_in_one(write, insertion, asked, fields)
    with transaction.atomic(using=write.using, savepoint=False):
        write.mark_moving()
        rows = write.original(write.compiler, fields)
        write.mark(fields, rows)
    return [tuple(row[: len(asked)]) for row in rows]


def _update_returning_in_one(write: Write, insertion: Insertion, asked: list[Any], fields: list[Any]) -> Any:
    compiler = write.compiler
    answer = compiled.quoted(compiler, asked)

    def as_sql() -> Sql:
        return insertion.after(compiled.compiled(compiler, fields), answer)

    with compiled.rewritten(compiler, as_sql):
        rows = write.original(compiler, asked)
    outbox.wake_after_commit(write.using)
    return rows


def delete(write: Write, result_type: Any) -> Any:
    # An object's key is spelled by Python; the rows of a set have none.
    if write.plan.own is None and (insertion := write.insertion) is not None:
        return _run_in_one(write, insertion, result_type)
    key = write.plan.key
    fields = list(dict.fromkeys([*write.concern.columns, *(key.columns if key else ())]))
    with transaction.atomic(using=write.using, savepoint=False):
        rows = compiled.run_returning(locking.of_one_table(write.compiler, write.using), fields)
        if rows is None:
            return None
        write.mark(fields, rows)
    return len(rows)


def _run_in_one(write: Write, insertion: Insertion, result_type: Any) -> Any:
    """An UPDATE or DELETE; the count of its marks, or of what it selects, is the count of its rows."""
    compiler = write.compiler
    returning = compiled.returning(compiler, write.concern.columns)

    def as_sql() -> Sql:
        sql, params = returning()
        return insertion.after((sql, params), None) if sql else (sql, params)

    with compiled.rewritten(compiler, as_sql):
        count = write.original(compiler, result_type)
    if count or result_type != ROW_COUNT:
        outbox.wake_after_commit(write.using)
    return count
