"""Writes of fed tables that the capture doesn't see, noticed while they happen.

In: SQL on its way to the database. Out: a `Write` for each statement that changes a registered model's table, or the
table of one of its sets, and of which no mark comes. Only with `CAPTURE` "signals": triggers miss nothing.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created

from feedsync import outbox
from feedsync.capture import disabled, raw
from feedsync.capture.plan import Kind, plan_of
from feedsync.models import Mark

WRITING = re.compile(
    rf"\b(?P<verb>INSERT\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|COPY|TRUNCATE(?:\s+TABLE)?)\s+(?:ONLY\s+)?"
    rf"(?P<tables>(?:{raw.NAME}\.)?{raw.NAME}(?:\s*,\s*(?:{raw.NAME}\.)?{raw.NAME})*)",
    re.IGNORECASE,
)
KINDS = {"I": Kind.INSERT, "R": Kind.INSERT, "M": Kind.INSERT, "C": Kind.INSERT, "U": Kind.UPDATE}  # else a deletion
READING_COPY = re.compile(r"\bTO\b", re.IGNORECASE)
FLUSH = "execute_sql_flush"  # how Django empties a test database
OURS = re.compile(r"[/\\](?:django|feedsync|pytest|_pytest|pluggy|psycopg)[/\\]")
SHOWN = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """`labels`: feeds whose objects it may have changed. `after`: the last mark before it. `place`: who wrote it."""

    using: str
    labels: tuple[str, ...]
    sql: str
    place: str
    after: int

    @property
    def is_marked(self) -> bool:
        """Whether somebody marked objects of each of its feeds afterwards, by hand."""
        marks = Mark.objects.using(self.using).filter(pk__gt=self.after, feed__in=self.labels)
        return set(marks.values_list("feed", flat=True)) >= set(self.labels)

    def __str__(self) -> str:
        sql = self.sql if len(self.sql) <= SHOWN else f"{self.sql[:SHOWN]}…"
        return f"{', '.join(self.labels)} in {self.place}:\n    {sql.strip()}"


@dataclass(slots=True)
class Watch:
    """What was written past the capture since it began."""

    writes: list[Write] = field(default_factory=list)
    _looking: bool = False

    def left(self) -> list[Write]:
        """Those whose objects nobody marked."""
        return [write for write in self.writes if not write.is_marked]

    def execute(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """One of Django's `execute_wrappers`."""
        using = context["connection"].alias
        if isinstance(sql, str) and not (self._looking or raw.is_passing()):
            self.note(using, sql, many=many)
        return execute(sql, params, many, context)

    def note(self, using: str, sql: str, *, many: bool = False) -> None:
        """A statement that is about to run."""
        if not WRITING.search(sql) or disabled.is_disabled(using) or not outbox.is_ready(using):
            return
        labels = () if raw.captures(sql, many=many) else tuple(sorted(set(_labels(sql))))
        stack = traceback.extract_stack()
        if labels and not any(frame.name == FLUSH for frame in stack):
            places = (f"{each.filename}:{each.lineno}" for each in reversed(stack) if not OURS.search(each.filename))
            place = next(places, "?")
            self.writes.append(Write(using=using, labels=labels, sql=sql, place=place, after=self._last_mark(using)))

    def _last_mark(self, using: str) -> int:
        self._looking = True
        try:
            return Mark.objects.using(using).order_by("-pk").values_list("pk", flat=True).first() or 0
        finally:
            self._looking = False


@contextmanager
def watching() -> Iterator[Watch]:
    """On every connection of this process, those that are made inside too."""
    watch = Watch()

    def join(*, connection: Any, **_: Any) -> None:
        # The first is the outermost: it sees the statement as it was written.
        connection.execute_wrappers.insert(0, watch.execute)

    connection_created.connect(join, dispatch_uid="feedsync.testing.uncaptured")
    with ExitStack() as stack:
        stack.callback(connection_created.disconnect, dispatch_uid="feedsync.testing.uncaptured")
        for connection in connections.all(initialized_only=True):
            join(connection=connection)
        stack.enter_context(_doors(watch))
        yield watch
        for connection in connections.all(initialized_only=True):
            connection.execute_wrappers[:] = [each for each in connection.execute_wrappers if each != watch.execute]


def _labels(sql: str) -> Iterator[str]:
    """The feeds of the tables that a statement writes."""
    for found in WRITING.finditer(sql):
        if found["verb"].upper() == "COPY" and READING_COPY.search(sql, found.end()):
            continue
        kind = KINDS.get(found["verb"][0].upper(), Kind.DELETE)
        for name in found["tables"].split(","):
            model = raw.model_of(name.rpartition(".")[2])
            plan = plan_of(model) if model else None
            concern = plan.concerns[kind] if plan else None
            yield from concern.labels if concern else ()


@contextmanager
def _doors(watch: Watch) -> Iterator[None]:
    """Ways to the database that pass `execute_wrappers` by: COPY of psycopg, scripts of SQLite."""
    with ExitStack() as stack:
        for vendor in sorted({connection.vendor for connection in connections.all()}):
            if vendor == "postgresql":
                from psycopg import Cursor

                stack.enter_context(_noting(watch, Cursor, "copy"))
            elif vendor == "sqlite":
                from django.db.backends.sqlite3.base import SQLiteCursorWrapper

                stack.enter_context(_noting(watch, SQLiteCursorWrapper, "executescript"))
        yield


@contextmanager
def _noting(watch: Watch, owner: Any, name: str) -> Iterator[None]:
    """Inside, the statement that a cursor's method gets is noted first."""
    original, own = getattr(owner, name), name in vars(owner)

    def noted(cursor: Any, sql: Any, *arguments: Any, **named: Any) -> Any:
        for connection in connections.all(initialized_only=True):
            if isinstance(sql, str) and connection.connection is cursor.connection:
                watch.note(connection.alias, sql, many=True)
        return original(cursor, sql, *arguments, **named)

    setattr(owner, name, noted)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, original)
        else:
            delattr(owner, name)
