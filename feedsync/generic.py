"""Generic relations: a content type, and in a plain column the primary key of one of its objects.

On the wire the column holds `[feed label, natural key]` of that object. A row whose object is absent, or of a model
that is not registered, is none of the feed's: it belongs to its environment, as what it refers to does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Generic:
    """`name`: of the GenericForeignKey; the others are the fields that it stands on."""

    name: str
    content_type: Any
    object_id: Any

    @property
    def names(self) -> tuple[str, str]:
        return (self.content_type.name, self.object_id.name)

    @property
    def label_lookups(self) -> tuple[str, str]:
        """App label and model name of the object."""
        return (f"{self.content_type.name}__app_label", f"{self.content_type.name}__model")

    def kind(self, model_label: str) -> dict[str, str]:
        """Conditions of rows that refer to objects of this model."""
        return dict(zip(self.label_lookups, model_label.split("."), strict=True))

    def ids(self, pks: Iterable[Any]) -> dict[Any, Any]:
        """{primary key: what the column holds for it}, without those that it can't hold, as a UUID among integers."""
        found = {}
        for pk in pks:
            with suppress(ValidationError):
                found[pk] = self.object_id.to_python(str(pk))
        return found


def of_model(model: type[models.Model]) -> Iterator[Generic]:
    fields: Any = model._meta.private_fields
    for field in fields:
        if hasattr(field, "ct_field") and hasattr(field, "fk_field"):
            content_type, object_id = model._meta.get_field(field.ct_field), model._meta.get_field(field.fk_field)
            yield Generic(name=field.name, content_type=content_type, object_id=object_id)


def spelled(model: type[models.Model], names: Iterable[str]) -> tuple[str, ...]:
    """Names of columns: a generic relation's name stands for both of its."""
    columns = {generic.name: generic.names for generic in of_model(model)}
    return tuple(dict.fromkeys(column for name in names for column in columns.get(name, (name,))))


def is_object_id(field: models.Field[Any, Any]) -> bool:
    return any(generic.object_id is field for generic in of_model(field.model))
