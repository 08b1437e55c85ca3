"""Reading the outbox in tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models

from feedsync import registry
from feedsync.conf import Capture, settings
from feedsync.models import Mark
from feedsync.triggers import installing

Seen = list[tuple[str, str, str | None]]


def take(using: str = "default") -> Seen:
    """(model, primary key, key) of the marks since the last call, sorted and each once."""
    found = Mark.objects.using(using).order_by("id")
    seen = [(mark.feed.removeprefix("library."), mark.object_pk, mark.key) for mark in found]
    found.delete()
    return sorted(set(seen), key=str)


def deleted(using: str = "default") -> Seen:
    """Those marks that speak of a deletion."""
    return [mark for mark in take(using) if mark[2] is not None]


def changed(*objects: models.Model) -> Seen:
    """What `take` answers after changes of these objects."""
    names = [registry.concrete_label(type(item)).removeprefix("library.") for item in objects]
    return sorted({(name, str(item.pk), None) for name, item in zip(names, objects, strict=True)}, key=str)


@contextmanager
def registered(
    model: type[models.Model], *natural_key: str, fields: list[str] | None = None, replacing: bool = False
) -> Iterator[None]:
    """A model that is a feed, or another feed than usual, inside only."""
    usual = registry.feed_of(model) if replacing else None
    if usual:
        registry.unregister(model)
    registry.register_model(natural_key=natural_key, fields=fields)(model)
    _keep_up()
    try:
        yield
    finally:
        registry.unregister(model)
        if usual:
            registry.registry.add(usual)


def _keep_up() -> None:
    """Triggers follow when they are told to."""
    if settings().capture is Capture.TRIGGERS:
        installing.install("default")
