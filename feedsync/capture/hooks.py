"""Where every write of Django's ORM passes: `execute_sql` of the INSERT, UPDATE and DELETE compilers.

In: nothing; `follow` is called whenever a registration comes or goes. Out: with the first feed the compilers are
wrapped, and text is watched (`feedsync.capture.raw`); with the last one gone they are given back. A table without a
feed costs one look-up in a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models.signals import post_migrate
from django.db.models.sql.compiler import SQLDeleteCompiler, SQLInsertCompiler, SQLUpdateCompiler

from feedsync import outbox, registry
from feedsync.capture import compiled, disabled, plan, raw, writes
from feedsync.capture.plan import Kind
from feedsync.capture.writes import Execute, Write
from feedsync.triggers import active

Run = Callable[[Write, Any], Any]

# (compiler, method, kind of statement, what runs instead); Django before 6.0 has no UPDATE that returns rows.
HOOKS: tuple[tuple[type, str, Kind, Run], ...] = (
    (SQLInsertCompiler, "execute_sql", Kind.INSERT, writes.insert),
    (SQLUpdateCompiler, "execute_sql", Kind.UPDATE, writes.update),
    (SQLUpdateCompiler, "execute_returning_sql", Kind.UPDATE, writes.update_returning),
    (SQLDeleteCompiler, "execute_sql", Kind.DELETE, writes.delete),
)

_given: dict[tuple[type, str], Execute] = {}  # what we have put in, so that only that is taken out


def start() -> None:
    """Follow the registry from now on."""
    if follow not in registry.registry.listeners:
        registry.registry.listeners.append(follow)
    post_migrate.connect(outbox.look_again, dispatch_uid="feedsync.outbox")
    follow()


def follow() -> None:
    plan.forget()
    if registry.feeds():
        install()
    else:
        uninstall()


def install() -> None:
    for owner, name, kind, run in HOOKS:
        if hasattr(owner, name) and (owner, name) not in _given:
            _given[owner, name] = _wrap(getattr(owner, name), kind, run)
            setattr(owner, name, _given[owner, name])
    raw.watch()


def uninstall() -> None:
    """Give back what nobody has wrapped after us; what stays does nothing without feeds."""
    raw.unwatch()
    for (owner, name), ours in list(_given.items()):
        if vars(owner).get(name) is ours:
            _give_back(owner, name, ours)
            del _given[owner, name]


def _give_back(owner: type, name: str, ours: Any) -> None:
    original = ours.__wrapped__
    if any(vars(ancestor).get(name) is original for ancestor in owner.__mro__[1:]):
        delattr(owner, name)
    else:
        setattr(owner, name, original)


def _wrap(original: Execute, kind: Kind, run: Run) -> Execute:
    @wraps(original)
    def execute(compiler: Any, *arguments: Any, **named: Any) -> Any:
        found = plan.plan_of(compiled.model_of(compiler))
        concern = found.concerns[kind] if found else None
        if found is None or concern is None or not outbox.is_ready(compiled.alias_of(compiler)):
            return original(compiler, *arguments, **named)
        write = Write(compiler=compiler, original=original, plan=found, kind=kind, concern=concern)
        # Each of them takes one argument: what to return.
        argument = next(iter((*arguments, *named.values())), None)
        if active.fires(write.using, found.model._meta.db_table, anew=_is_historical(found.model)):
            return _fired(write, run, argument)
        with raw.passing():
            return _unmarked(write, argument) if disabled.is_disabled(write.using) else run(write, argument)

    return execute


def _is_historical(model: Any) -> bool:
    """A class of a migration, in the course of which a table may lose its triggers."""
    return model._meta.apps is not apps


def _fired(write: Write, run: Run, argument: Any) -> Any:
    """Triggers make the marks, but for what has to stay unseen; then it is up to us."""
    if disabled.is_disabled(write.using):
        with raw.passing(), raw.unseen():
            return _unmarked(write, argument)
    if outbox.suppresses(write.using, write.concern.labels):
        with raw.passing(), raw.unseen():
            return run(write, argument)
    with raw.passing():
        answer = write.original(write.compiler, argument)
    outbox.wake_after_commit(write.using)
    return answer


def _unmarked(write: Write, argument: Any) -> Any:
    with transaction.atomic(using=write.using, savepoint=False):
        disabled.record(write.using, write.concern.labels)
        return write.original(write.compiler, argument)
