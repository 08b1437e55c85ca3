"""What drawn models are made of besides Django's own parts."""

from __future__ import annotations

import base64
from typing import Any

from django.db import models


class Coded(models.TextField):  # type: ignore[type-arg]
    """A field of somebody's own: the column holds another spelling than the attribute."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value and base64.b64decode(value).decode()

    def get_prep_value(self, value: Any) -> Any:
        return value and base64.b64encode(str(value).encode()).decode()


class Unflagged(models.Manager[Any]):
    """Hides rows."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(flag=False)
