"""Statements that somebody wrote as text, as tree packages do to move whole branches.

In: SQL on its way to the database, by Django's `execute_wrappers`. Out: an INSERT, UPDATE or DELETE of a fed table runs
with RETURNING, and its rows are marked in the same transaction. One that can't be run so is left on record: status
says that a pull is needed. Not seen: what starts with anything else (WITH, COPY, TRUNCATE), and a DELETE of a whole
table, which is how Django flushes a test database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.backends.signals import connection_created
from django.db.models import QuerySet

from feedsync import outbox, primary_keys, registry
from feedsync.capture import compiled, disabled, update_as_text
from feedsync.capture.marking import Marking
from feedsync.capture.plan import Concern, Kind, Plan, plan_of
from feedsync.triggers import active

UNSEEN = "/* feedsync */ "  # starts the statements that apply runs: they make no mark
CAUSE = "raw SQL"
FIRST = frozenset("iIuUdD \t\r\n")
NAME = r'(?:"[^"]+"|`[^`]+`|\w+)'
HOW = r"(?:\s+(?:LOW_PRIORITY|IGNORE|QUICK))*"  # MariaDB's
STATEMENT = re.compile(
    rf"\s*(?:(?P<update>UPDATE{HOW})|(?P<insert>INSERT{HOW}\s+INTO)|(?P<delete>DELETE{HOW}\s+FROM))\s+(?:ONLY\s+)?(?:{NAME}\.)?(?P<table>{NAME})"
    rf"(?:\s+(?:AS\s+)?(?P<alias>(?!(?:SET|SELECT|VALUES|WHERE|USING|DEFAULT|RETURNING|OVERRIDING)\b){NAME}))?",
    re.IGNORECASE,
)
Execute = Callable[[Any, Any, bool, Any], Any]

_passing: ContextVar[bool] = ContextVar("feedsync_capture_passing", default=False)
_unseen: ContextVar[bool] = ContextVar("feedsync_capture_unseen", default=False)
_tables: dict[int, dict[str, Any]] = {}  # {generation of the registry: {table: model}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of a fed table. `name`: how it calls the table's columns."""

    sql: str
    name: str
    plan: Plan
    kind: Kind
    concern: Concern

    @property
    def can_return(self) -> bool:
        return re.search(r"\bRETURNING\b|;\s*\S", self.sql, re.IGNORECASE) is None

    @property
    def fields(self) -> list[Any]:
        key = self.plan.key if self.kind is Kind.DELETE else None
        return list(dict.fromkeys([*self.concern.columns, *(key.columns if key else ())]))

    def returning(self, connection: Any) -> str:
        # On PostgreSQL a name may also be that of a joined table; SQLite returns nothing of those, and knows no alias.
        prefix = f"{self.name}." if connection.vendor == "postgresql" else ""
        columns = ", ".join(prefix + connection.ops.quote_name(field.column) for field in self.fields)
        return f"{self.sql.rstrip().rstrip(';')} RETURNING {columns}"


def watch() -> None:
    """From now on, on every connection."""
    connection_created.connect(_join, dispatch_uid="feedsync.capture.raw")
    for connection in connections.all(initialized_only=True):
        _join(connection=connection)


def unwatch() -> None:
    connection_created.disconnect(dispatch_uid="feedsync.capture.raw")
    for connection in connections.all(initialized_only=True):
        if _execute in connection.execute_wrappers:
            connection.execute_wrappers.remove(_execute)


def _join(*, connection: Any, **_: Any) -> None:
    if _execute not in connection.execute_wrappers:
        connection.execute_wrappers.append(_execute)


@contextmanager
def passing() -> Iterator[None]:
    """Inside run statements of compilers, whose marks are made."""
    token = _passing.set(True)
    try:
        yield
    finally:
        _passing.reset(token)


@contextmanager
def unseen() -> Iterator[None]:
    """Inside, triggers make no marks either (R20)."""
    token = _unseen.set(True)
    try:
        yield
    finally:
        _unseen.reset(token)


def is_passing() -> bool:
    return _passing.get()


def captures(sql: str, *, many: bool) -> bool:
    """Whether the marks of this text are made, or it is one that makes none."""
    if sql.startswith(UNSEEN):
        return True
    statement = None if many else _statement(sql)
    return statement is not None and statement.can_return


def model_of(table: str) -> Any:
    """The model of a table, as SQL spells its name; None where it has none."""
    return _models().get(table.strip().strip('"`').lower())


def _execute(execute: Execute, sql: Any, params: Any, many: bool, context: Any) -> Any:
    using = context["connection"].alias
    if isinstance(sql, str) and (_unseen.get() or sql.startswith(UNSEEN)):
        return _run_unseen(execute, sql, params, many, context)
    plain = isinstance(sql, str) and sql[:1] in FIRST and not _passing.get()
    statement = _statement(sql) if plain else None
    if statement is None or not outbox.is_ready(using):
        return execute(sql, params, many, context)
    fires = active.fires(using, statement.plan.model._meta.db_table)
    if fires and not disabled.is_disabled(using):
        outbox.wake_after_commit(using)
        return execute(sql, params, many, context)
    with transaction.atomic(using=using, savepoint=False), passing():
        if disabled.is_disabled(using):
            disabled.record(using, statement.concern.labels)
            if fires:
                return _run_unseen(execute, sql, params, many, context)
        elif many or not statement.can_return:
            disabled.record(using, statement.concern.labels, cause=CAUSE)
        else:
            return _marked(execute, statement, params, context)
        return execute(sql, params, many, context)


def _run_unseen(execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Within a transaction, where there are triggers."""
    connection = context["connection"]
    text = sql if sql.startswith(UNSEEN) else f"{UNSEEN}{sql}"
    if not active.has_any(connection.alias):
        return execute(text, params, many, context)
    with active.unseen(connection):
        return execute(text, params, many, context)


def _marked(execute: Execute, statement: Statement, params: Any, context: Any) -> Any:
    connection, cursor = context["connection"], context["cursor"]
    if statement.kind is Kind.UPDATE and connection.vendor == "mysql":
        return _locked_first(execute, statement, params, context)
    answer = execute(statement.returning(connection), params, False, context)
    compiler = QuerySet(model=statement.plan.model).query.get_compiler(connection.alias)
    rows = compiled.converted(compiler, statement.fields, cursor.fetchall())
    Marking(using=connection.alias, plan=statement.plan, kind=statement.kind).make(statement.fields, rows)
    return answer


def _locked_first(execute: Execute, statement: Statement, params: Any, context: Any) -> Any:
    """MariaDB knows no UPDATE … RETURNING: its rows are locked, marked, and then written, they alone (R4)."""
    connection, cursor = context["connection"], context["cursor"]
    model = statement.plan.model
    fields = list(dict.fromkeys([*primary_keys.columns(model), *statement.fields]))
    quoted = [connection.ops.quote_name(field.column) for field in fields]
    width = len(primary_keys.columns(model))
    update = update_as_text.parse(statement.sql, params, name=statement.name, columns=quoted, key=quoted[:width])
    if update is None:
        disabled.record(connection.alias, statement.concern.labels, cause=CAUSE)
        return execute(statement.sql, params, False, context)
    cursor.execute(*update.selection)
    found = cursor.fetchall()
    compiler = QuerySet(model=model).query.get_compiler(connection.alias)
    rows = compiled.converted(compiler, fields, found)
    Marking(using=connection.alias, plan=statement.plan, kind=statement.kind).make(fields, rows)
    return execute(*update.narrowed([row[:width] for row in found]), False, context)


def _statement(sql: str) -> Statement | None:
    """None where it concerns no feed."""
    found = STATEMENT.match(sql)
    model = model_of(found["table"]) if found else None
    plan = plan_of(model) if model else None
    if found is None or plan is None:
        return None
    kind = next(kind for kind in Kind if found[kind.value])
    concern = plan.concerns[kind]
    if concern is None or (kind is Kind.DELETE and re.search(r"\bWHERE\b", sql, re.IGNORECASE) is None):
        return None
    return Statement(sql=sql, name=found["alias"] or found["table"], plan=plan, kind=kind, concern=concern)


def _models() -> dict[str, Any]:
    """{table: model} of every table."""
    generation = registry.registry.generation
    if generation not in _tables:
        models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
        _tables.clear()
        _tables[generation] = {model._meta.db_table.strip('"').lower(): model for model in models}
    return _tables[generation]
