"""Primary keys, of one column or of several, as values and as text.

A composite key is the tuple of its columns' values, as Django has it. Its text, in marks and in the ledger, is that of
the values, joined as JSON Pointer joins its parts (RFC 6901): `7/GB`, with `~1` for a slash and `~0` for a tilde. SQL
spells it the same in every database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models
from django.db.models import QuerySet

SEPARATOR = "/"
ESCAPES = (("~", "~0"), (SEPARATOR, "~1"))  # in this order, and back in the other


def columns(model: type[models.Model]) -> tuple[Any, ...]:
    """The fields that make up the model's primary key."""
    pk: Any = model._meta.pk
    return tuple(pk.fields) if is_composite(model) else (pk,)


def is_composite(model: type[models.Model]) -> bool:
    return isinstance(model._meta.pk, models.CompositePrimaryKey)


def of(values: Sequence[Any]) -> Any:
    """The primary key that these columns' values make."""
    return tuple(values) if len(values) > 1 else values[0]


def parts(pk: Any) -> tuple[Any, ...]:
    """The values of a primary key's columns."""
    return pk if isinstance(pk, tuple) else (pk,)


def names(model: type[models.Model]) -> list[str]:
    """Of the attributes that these columns have."""
    return [field.attname for field in columns(model)]


def read(rows: QuerySet[Any]) -> list[Any]:
    """Of these rows, in their order."""
    return [pk for pk, _ in beside(rows)]


def beside(rows: QuerySet[Any], *lookups: str) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """(primary key, values of these lookups). By columns, as Django doesn't convert a reference within `pk`: on SQLite
    it answers a UUID as text."""
    own = names(rows.model)
    for row in rows.values_list(*own, *lookups):
        yield of(row[: len(own)]), row[len(own) :]


def text(pk: Any) -> str:
    return SEPARATOR.join(map(_escaped, pk)) if isinstance(pk, tuple) else str(pk)


def value(model: type[models.Model], text: str) -> Any:
    """The primary key of a mark or a ledger row."""
    fields = columns(model)
    if len(fields) == 1:
        return fields[0].to_python(text)
    return tuple(field.to_python(_plain(part)) for field, part in zip(fields, text.split(SEPARATOR), strict=True))


def _escaped(value: Any) -> str:
    text = str(value)
    for sign, escape in ESCAPES:
        text = text.replace(sign, escape)
    return text


def _plain(text: str) -> str:
    for sign, escape in reversed(ESCAPES):
        text = text.replace(escape, sign)
    return text


def joined_sql(texts: Sequence[str]) -> str:
    """SQL of the text of a composite key, from SQL of its values' texts."""
    return f" || '{SEPARATOR}' || ".join(map(_escaped_sql, texts))


def _escaped_sql(text: str) -> str:
    for sign, escape in ESCAPES:
        text = f"replace({text}, '{sign}', '{escape}')"
    return text
