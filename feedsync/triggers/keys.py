"""SQL for primary keys as text and natural keys as canonical JSON, of a row that a trigger sees.

`kind_of` answers how a column's values are spelled, None where SQL can't spell them as Python does: such a primary key
is refused by a check, and a natural key with such a part is left empty in the mark of a deletion. The relay then takes
the keys that the ledger holds for the row (R11).
"""

from __future__ import annotations

from typing import Any

from django.db import models

from feedsync.capture.keys import KeyColumns, Part
from feedsync.triggers.dialect import Dialect, Rows, quoted
from feedsync.wire.values import codec_of

TEXTS = frozenset({"CharField", "SlugField", "TextField"})
INTEGERS = frozenset(
    {
        "AutoField",
        "BigAutoField",
        "BigIntegerField",
        "IntegerField",
        "PositiveBigIntegerField",
        "PositiveIntegerField",
        "PositiveSmallIntegerField",
        "SmallAutoField",
        "SmallIntegerField",
    }
)
UNKNOWN = "''"  # the key of a deletion that SQL can't tell


def kind_of(field: Any) -> str | None:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    internal = field.get_internal_type()
    if hasattr(field, "from_db_value") or not type(field).__module__.startswith("django."):
        return None
    if internal == "UUIDField":
        return "uuid"
    if codec_of(field).encode is not None:
        return None
    return "text" if internal in TEXTS else "integer" if internal in INTEGERS else None


def key_sql(dialect: Dialect, key: KeyColumns | None, rows: Rows) -> str:
    """The canonical text, or the empty one where it can't be told, or a parent is gone already."""
    parts = [_part(dialect, part, rows) for part in key.parts] if key else [None]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return UNKNOWN
    return "coalesce('[' || " + " || ',' || ".join(known) + f" || ']', {UNKNOWN})"


def _part(dialect: Dialect, part: Part, rows: Rows) -> str | None:
    column = rows.column(part.column.column)
    if not part.lookup:
        return _json(dialect, part.column, column)
    beyond = _beyond(dialect, part, column)
    # Without a row at the end the whole text is NULL; a reference to none is JSON's null.
    return beyond and f"CASE WHEN {column} IS NULL THEN 'null' ELSE {beyond} END"


def _json(dialect: Dialect, field: Any, column: str) -> str | None:
    kind = kind_of(field)
    return kind and f"CASE WHEN {column} IS NULL THEN 'null' ELSE {dialect.json(kind, column)} END"


def _beyond(dialect: Dialect, part: Part, column: str) -> str | None:
    """The value at the end of a way along foreign keys; None where it leads through inherited tables."""
    model, target = part.column.related_model, part.column.target_field
    joins, condition, last = "", "", ""
    for number, name in enumerate(part.lookup.split("__"), start=1):
        table, alias = quoted(model._meta.db_table), f"t{number}"
        if number == 1:
            joins, condition = f"{table} {alias}", f"{alias}.{quoted(target.column)} = {column}"
        else:
            joins += f" JOIN {table} {alias} ON {alias}.{quoted(target.column)} = {last}"
        field: Any = model._meta.get_field(name)
        if field.model._meta.concrete_model is not model._meta.concrete_model:
            return None
        last, end = f"{alias}.{quoted(field.column)}", field
        if field.remote_field:
            model, target = field.related_model, field.target_field
    value = _json(dialect, end, last)
    return value and f"(SELECT {value} FROM {joins} WHERE {condition})"
