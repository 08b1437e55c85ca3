"""Which columns are files: a feed's registration in, a `FileColumn` for each out.

A file is two values of its object: its name, in the field itself, and its content, {"sha256", "size"}, beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import Storage
from django.db.models import FileField

from feedsync.conf import shares_all_files
from feedsync.registry import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """`place`: "app_label.model.field", what tables call it; of the model that has the column, for its children too."""

    field: FileField
    place: str

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def content(self) -> str:
        """The name of its content among an object's values; no field of Django can have a dot in it."""
        return f"{self.field.name}.content"

    @property
    def storage(self) -> Storage:
        return self.field.storage


def file_columns(feed: Feed, fields: Iterable[Any]) -> tuple[FileColumn, ...]:
    """None where all environments share one storage: there a name says everything."""
    if shares_all_files():
        return ()
    return tuple(
        FileColumn(field=field, place=f"{field.model._meta.label_lower}.{field.name}")
        for field in fields
        if field.name in feed.file_fields and isinstance(field, FileField)
    )
