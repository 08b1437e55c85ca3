"""Which fields of a model may travel, and which do if nobody says."""

from __future__ import annotations

from typing import Any

from django.db import models

from feedsync.registry import Feed


def default_fields(feed: Feed) -> list[Any]:
    """What `fields=None` stands for."""
    meta = feed.model._meta
    many = [field for field in meta.many_to_many if automatic_through(field)]
    fields = [field for field in meta.concrete_fields if _by_default(field)] + many
    return [field for field in fields if field.name not in feed.exclude]


def _by_default(field: Any) -> bool:
    if isinstance(field, models.AutoField) or is_parent_link(field):
        return False
    return not getattr(field, "generated", False)


def is_parent_link(field: Any) -> bool:
    return bool(field.remote_field and getattr(field.remote_field, "parent_link", False))


def automatic_through(field: Any) -> bool:
    """Only these belong to the many-to-many's owner (R23)."""
    return isinstance(field, models.ManyToManyField) and bool(field.remote_field.through._meta.auto_created)  # type: ignore[union-attr]
