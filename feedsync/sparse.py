"""An index of the few rows that fulfil a condition; of all rows where the database has no such thing, as MariaDB."""

from __future__ import annotations

from typing import Any

from django.db import models


class SparseIndex(models.Index):
    def __init__(self, *, where: models.Q, **options: Any) -> None:
        super().__init__(**options)
        self.where = where

    def deconstruct(self) -> Any:
        path, args, options = super().deconstruct()
        return path, args, {**options, "where": self.where}

    def create_sql(self, model: type[models.Model], schema_editor: Any, using: str = "", **options: Any) -> Any:
        condition = self.where if schema_editor.connection.features.supports_partial_indexes else None
        index = models.Index(fields=self.fields, name=self.name, condition=condition)
        return index.create_sql(model, schema_editor, using, **options)
