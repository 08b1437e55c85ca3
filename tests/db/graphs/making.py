"""Drawn models come to life: classes, tables in every database of a world, and registrations; all given back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.contrib.contenttypes.models import ContentType
from django.core.checks import CheckMessage
from django.db import connections, models
from django.test.utils import isolate_apps

from feedsync import registry
from feedsync.checks import registrations, topology

Model = type[models.Model]


@contextmanager
def defined(source: str) -> Iterator[list[Model]]:
    """The concrete models of this source, which registers them; nothing else is registered meanwhile."""
    feeds, by_model = dict(registry.registry.feeds), dict(registry.registry.by_model)
    for label in by_model:
        registry.registry.remove(label)
    try:
        with isolate_apps("tests.library") as apps:
            assert apps
            exec(compile(source, "drawn models", "exec"), {"__name__": "drawn"})  # it is what we drew
            yield [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    finally:
        for label in list(registry.registry.by_model):
            registry.registry.remove(label)
        for feed in feeds.values():
            registry.registry.add(feed)


@contextmanager
def tables(found: Sequence[Model], aliases: Sequence[str]) -> Iterator[None]:
    """In each of these databases."""
    own = [model for model in found if not model._meta.auto_created]
    for alias in aliases:
        with connections[alias].schema_editor() as editor:
            for model in own:
                editor.create_model(model)
        kinds = [ContentType(app_label="library", model=str(model._meta.model_name)) for model in own]
        ContentType.objects.using(alias).bulk_create(kinds)
    try:
        yield
    finally:
        for alias in aliases:
            _drop(own, alias)
        ContentType.objects.clear_cache()


def _drop(own: Sequence[Model], alias: str) -> None:
    connection = connections[alias]
    with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
        for model in reversed(own):
            editor.delete_model(model)
    names = [model._meta.model_name for model in own]
    ContentType.objects.using(alias).filter(app_label="library", model__in=names).delete()


def messages() -> list[CheckMessage]:
    """What the system checks say of the registrations."""
    checks = (registrations.check_feed, topology.check_feed)
    return [message for feed in registry.feeds() for check in checks for message in check(feed)]
