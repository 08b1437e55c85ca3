"""Checks of how a registered model hangs together with others: through models, parents, cascades."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage
from django.db import models

from feedsync import registry, replicable
from feedsync.checks.catalogue import Id, message
from feedsync.checks.deployment import usable
from feedsync.conf import Capture
from feedsync.registry import Feed


def check_feed(feed: Feed) -> list[CheckMessage]:
    return [
        *_through_models(feed),
        *_parent_links(feed),
        *_database_cascades(feed),
    ]


def _through_models(feed: Feed) -> Iterator[CheckMessage]:
    """With an explicit list of fields, leaving the relation out is a decision (R23)."""
    for field in feed.model._meta.many_to_many if feed.fields is None else ():
        through: Any = field.remote_field.through
        left_out = replicable.automatic_through(field) or field.name in feed.exclude
        if not left_out and registry.feed_of(through) is None:
            yield message(
                Id.THROUGH_NOT_REGISTERED,
                f"{feed.label}: {field.name!r} is not replicated: its through model {through._meta.label} "
                "is not registered.",
                hint=f"Register {through._meta.label}, or say that you mean it with exclude=[{field.name!r}].",
                about=feed.model,
            )


def _parent_links(feed: Feed) -> Iterator[CheckMessage]:
    for parent, link in feed.model._meta.parents.items():
        if link is not None and link.model._meta.pk is not link:
            yield message(
                Id.PARENT_LINK,
                f"{feed.label} inherits from {parent._meta.label} by {link.name!r}, which is not its primary key.",
                hint="feedsync follows multi-table inheritance with one parent whose link is the primary key.",
                about=feed.model,
            )


def _database_cascades(feed: Feed) -> Iterator[CheckMessage]:
    """Django 6.1's DB_CASCADE, DB_SET_NULL and DB_SET_DEFAULT change rows without passing Django."""
    options = usable()
    if options is not None and options.capture is Capture.TRIGGERS:
        return
    for field in feed.model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and hasattr(field.remote_field.on_delete, "on_delete_sql"):
            yield message(
                Id.DATABASE_CASCADE,
                f"{feed.label}: the database itself follows the deletion of {field.name!r}, which is not captured.",
                hint='Use CASCADE, SET_NULL or SET_DEFAULT, or FEEDSYNC["CAPTURE"] = "triggers".',
                about=feed.model,
            )
