"""Registrations that last for one test, of models that only that test knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models
from django.test.utils import isolate_apps

from feedsync import register_model, registry


class Registering:
    """Call it with a model and options of `register_model`; it answers the feed."""

    def __init__(self) -> None:
        self.models: list[type[models.Model]] = []

    def __call__(self, model: type[models.Model], *key: str, **options: Any) -> registry.Feed:
        register_model(natural_key=key, **options)(model)
        self.models.append(model)
        return registry.get(registry.concrete_label(model))

    def undo(self) -> None:
        for model in self.models:
            registry.unregister(model)
        self.models.clear()


@contextmanager
def registering() -> Iterator[Registering]:
    """Models that are defined inside are nobody else's; registrations end with the context."""
    register = Registering()
    with isolate_apps("tests.library"):
        try:
            yield register
        finally:
            register.undo()
