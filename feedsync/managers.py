"""A manager for users whose `loaddata` and `dumpdata` shall use the registered natural key; optional."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

from feedsync.errors import ConfigurationError, NotRegistered
from feedsync.registry import feed_of
from feedsync.shape import shape_of

M = TypeVar("M", bound=models.Model)


class DataSyncEnhancedManager(models.Manager[M]):
    """Adds `get_by_natural_key` by the registered natural key, relations and NULL parts included."""

    def get_by_natural_key(self, *parts: Any) -> M:
        """The object with these parts, in the order of the registration; raises the model's DoesNotExist."""
        feed = feed_of(self.model)
        if feed is None:
            raise NotRegistered(f"{self.model._meta.label} is not registered: its natural key is unknown.")
        key = shape_of(feed).key
        if len(parts) != len(key):
            wanted = ", ".join(part.lookup for part in key)
            raise ConfigurationError(f"The natural key of {feed.label} is ({wanted}), not {parts!r}.")
        condition = Q()
        for part, value in zip(key, parts, strict=True):
            condition &= Q(**{f"{part.lookup}__isnull": True}) if value is None else Q(**{part.lookup: value})
        return self.get(condition)
