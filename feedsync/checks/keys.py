"""Whether feedsync can name a feed's rows by their primary key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage
from django.db import models

from feedsync import primary_keys
from feedsync.checks.catalogue import Id, message
from feedsync.models import Mark
from feedsync.registry import Feed

HOLDS = Mark._meta.get_field("object_pk").max_length or 0
OTHERS = 40  # characters at most of a number, a moment or a UUID


def check_composite(feed: Feed) -> Iterator[CheckMessage]:
    if primary_keys.is_composite(feed.model) and feed.model._meta.parents:
        yield message(
            Id.COMPOSITE_KEY,
            f"{feed.label} lies in several tables, and its own has a composite primary key.",
            hint="Leave the link to the parent as the primary key, or give the model no parent.",
            about=feed.model,
        )


def check_length(feed: Feed) -> Iterator[CheckMessage]:
    columns = primary_keys.columns(feed.model)
    lengths = [_length(column) for column in columns]
    if None in lengths or sum(map(int, filter(None, lengths))) + len(columns) - 1 > HOLDS:
        yield message(
            Id.LONG_KEY,
            f"{feed.label}: a primary key of more than {HOLDS} characters can't be marked: writing such a row fails.",
            hint="Give its text columns a smaller max_length.",
            about=feed.model,
        )


def _length(field: Any) -> int | None:
    """Characters at most; None where the column doesn't say."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.CharField):
        return field.max_length
    return None if isinstance(field, models.TextField) else OTHERS
