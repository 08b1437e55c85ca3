"""Rows as they travel: the local names of their files in, wire names and contents out.

Relay and export measure; everybody else takes what is known, and asks no storage. A file that can't be sent is left
out of a measured state, name and content: who receives it leaves its own alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from feedsync.files import known, measuring
from feedsync.files.fields import FileColumn
from feedsync.files.known import Known


def translate(
    columns: Iterable[FileColumn], using: str, objects: Sequence[dict[str, Any]], *, measure: bool = False
) -> None:
    """Changes the values of objects in place; one query for each file field."""
    for column in columns:
        names = {values[column.name] for values in objects if values[column.name]}
        found = _found(column, using, names, measure)
        for values in objects:
            _translate(column, values, found, measure)


def _found(column: FileColumn, using: str, names: set[str], measure: bool) -> dict[str, Known]:
    if not names:
        return {}
    return measuring.measured(column, using, names) if measure else known.by_names(using, column.place, names)


def _translate(column: FileColumn, values: dict[str, Any], found: dict[str, Known], measure: bool) -> None:
    item = found.get(values[column.name] or "")
    values[column.content] = item.content if item else None
    if item is None:
        return
    if item.problem and measure:
        del values[column.name], values[column.content]
    else:
        values[column.name] = item.wire_name
