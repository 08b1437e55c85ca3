"""Triggers put into a database, compared with what the models need, and taken out.

In: an alias. Out: what is missing and what is stale, by name; a name has the digest of what its trigger does, so that
"out of date" is "another name".
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections, transaction

from feedsync import outbox
from feedsync.errors import ConfigurationError
from feedsync.triggers import active, definitions
from feedsync.triggers.dialect import Dialect, Trigger, dialect_of


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`stale`: {name: table}, of ours that nothing needs any more."""

    present: tuple[Trigger, ...]
    missing: tuple[Trigger, ...]
    stale: dict[str, str]

    @property
    def good(self) -> bool:
        return not (self.missing or self.stale)


def state(using: str) -> State:
    """How things are; touches nothing."""
    dialect = _dialect(using)
    there = _installed(using, dialect)
    wanted = definitions.wanted(dialect, _tables(using))
    names = {trigger.name for trigger in wanted}
    return State(
        present=tuple(trigger for trigger in wanted if trigger.name in there),
        missing=tuple(trigger for trigger in wanted if trigger.name not in there),
        stale={name: table for name, table in there.items() if name not in names},
    )


def install(using: str) -> State:
    """Bring them up to date; answers how it was before."""
    found = state(using)
    create = [statement for trigger in found.missing for statement in trigger.create]
    _run(using, [*_drops(using, found.stale), *create])
    return found


def remove(using: str) -> dict[str, str]:
    """Take out all of ours; {name: table}."""
    dialect = _dialect(using)
    there = _installed(using, dialect)
    _run(using, [*_drops(using, there), *dialect.LEFT_OVER])
    return there


def is_possible(using: str) -> bool:
    """Whether the database has feedsync's tables, and a dialect."""
    return dialect_of(connections[using]) is not None and outbox.is_ready(using)


def _dialect(using: str) -> Dialect:
    dialect = dialect_of(connections[using])
    if dialect is None:
        raise ConfigurationError(f"feedsync has no triggers for {connections[using].display_name}.")
    return dialect


def _installed(using: str, dialect: Dialect) -> dict[str, str]:
    with connections[using].cursor() as cursor:
        return dialect.installed(cursor)


def _tables(using: str) -> frozenset[str]:
    with connections[using].cursor() as cursor:
        return frozenset(connections[using].introspection.table_names(cursor))


def _drops(using: str, names: dict[str, str]) -> list[str]:
    return [statement for name, table in names.items() for statement in _dialect(using).drop(name, table)]


def _run(using: str, statements: list[str]) -> None:
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    active.forget(using)
