"""Reading the outbox in tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models

from feedsync import register_model, unregister
from feedsync.models import Mark

Seen = list[tuple[str, str, str | None]]


def take(using: str = "default") -> Seen:
    """(model, primary key, key) of the marks since the last call, sorted and each once."""
    found = Mark.objects.using(using).order_by("id")
    seen = [(mark.feed.removeprefix("library."), mark.object_pk, mark.key) for mark in found]
    found.delete()
    return sorted(set(seen), key=str)


def changed(*objects: models.Model) -> Seen:
    """What `take` answers after changes of these objects."""
    return sorted({(type(item)._meta.concrete_model._meta.model_name, str(item.pk), None) for item in objects}, key=str)


@contextmanager
def registered(model: type[models.Model], *natural_key: str, fields: list[str] | None = None) -> Iterator[None]:
    """A model that is a feed inside only."""
    register_model(natural_key=natural_key, fields=fields)(model)
    try:
        yield
    finally:
        unregister(model)
