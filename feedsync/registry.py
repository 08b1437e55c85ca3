"""Which models are fed: the only module-global state of feedsync.

In: `register_model(...)` as a decorator or on a model that you don't own. Out: `Feed`s by label or model. Nothing is
resolved here (models may still be loading): `feedsync.shape` does that on first use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models, router

from feedsync import generic
from feedsync.errors import ConfigurationError, NotRegistered

M = TypeVar("M", bound=type[models.Model])
LABEL = re.compile(r"\w+\.\w+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feed:
    """One registered model. `label`: its name in the database and on the wire, "app_label.model" in lower case, of the
    model now or, with `known_as`, of what it was called before."""

    label: str
    model: type[models.Model]
    natural_key: tuple[str, ...]
    fields: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    file_fields: tuple[str, ...] = ()
    allow_sensitive: bool = False

    @property
    def alias(self) -> str:
        """The one database of this feed's rows (R6)."""
        return router.db_for_write(self.model)

    @property
    def model_label(self) -> str:
        """Of the model as it is called here."""
        return self.model._meta.label_lower

    def __repr__(self) -> str:
        return f"<Feed {self.label}>"


@dataclass(slots=True)
class Registry:
    """Feeds by label; `generation` grows with every change, so that whatever is derived can tell that it is stale."""

    feeds: dict[str, Feed] = field(default_factory=dict)
    by_model: dict[str, Feed] = field(default_factory=dict)  # {label of the model: feed}
    generation: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def add(self, feed: Feed) -> None:
        if feed.label in self.feeds or feed.model_label in self.by_model:
            raise ConfigurationError(f"{feed.label} is registered twice.")
        self.feeds[feed.label] = self.by_model[feed.model_label] = feed
        self._changed()

    def remove(self, label: str) -> None:
        """`label`: of the model."""
        if label not in self.by_model:
            raise NotRegistered(f"{label} is not registered.")
        del self.feeds[self.by_model.pop(label).label]
        self._changed()

    def _changed(self) -> None:
        self.generation += 1
        for listener in self.listeners:
            listener()

    def __iter__(self) -> Iterator[Feed]:
        return iter(tuple(self.feeds.values()))


registry = Registry()


def register_model(
    natural_key: Iterable[str],
    fields: Iterable[str] | None = None,
    file_fields: Iterable[str] | None = None,
    *,
    exclude: Iterable[str] = (),
    allow_sensitive: bool = False,
    known_as: str = "",
) -> Callable[[M], M]:
    """Replicate a model: `@register_model(natural_key=["language.code", "key"])`.

    `natural_key`: field names; dots follow relations, and a generic relation's name stands for its columns. `fields`:
    what to replicate, None for every concrete field except an automatic primary key and generated columns, and every
    many-to-many field without an explicit through model. `exclude`: all of those but these. `file_fields`: which fields
    are files; they needn't be in `fields`, too. `allow_sensitive`: also the user model and fields that are named like
    secrets. `known_as`: "app_label.model" that the model was called before it was renamed; by that it goes on being
    known, in the database and in every environment, whichever is deployed first.
    """
    if known_as and not LABEL.fullmatch(known_as):
        raise ConfigurationError(f'known_as must be "app_label.model", not {known_as!r}.')
    files = tuple(file_fields or ())
    if any(isinstance(names, str) for names in (natural_key, fields, exclude, file_fields)):
        raise ConfigurationError("natural_key, fields, exclude and file_fields are lists of names, not one string.")
    key, named, without = tuple(natural_key), tuple(fields or ()), tuple(exclude)
    if not key:
        raise ConfigurationError("natural_key needs at least one field name.")
    if without and fields is not None:
        raise ConfigurationError("fields says what is replicated, exclude what is not: give one of them.")

    def register(model: M) -> M:
        registry.add(
            Feed(
                label=known_as.lower() or concrete_label(model),
                model=concrete(model),
                natural_key=generic.spelled(model, key),
                fields=None if fields is None else generic.spelled(model, dict.fromkeys([*named, *files])),
                exclude=generic.spelled(model, without),
                file_fields=files,
                allow_sensitive=allow_sensitive,
            )
        )
        return model

    return register


def unregister(model: type[models.Model]) -> None:
    """Stop replicating a model; everything that registration wrapped is given back."""
    registry.remove(concrete_label(model))


def concrete(model: type[models.Model]) -> type[models.Model]:
    """The model that has the table: proxies and deferred classes answer their concrete model (R3)."""
    if not isinstance(model, type) or not issubclass(model, models.Model):
        raise ConfigurationError(f"{model!r} is not a model.")
    if model._meta.abstract:
        raise ConfigurationError(f"{model.__name__} is abstract: register the models that inherit from it.")
    return model._meta.concrete_model or model


def concrete_label(model: type[models.Model]) -> str:
    return concrete(model)._meta.label_lower


def feeds() -> tuple[Feed, ...]:
    return tuple(registry)


def find(label: str) -> Feed | None:
    return registry.feeds.get(label)


def get(label: str) -> Feed:
    """The feed of a label; raises NotRegistered."""
    feed = registry.feeds.get(label)
    if feed is None:
        raise NotRegistered(f"{label} is not registered here.")
    return feed


def feed_of(model: type[models.Model]) -> Feed | None:
    return registry.by_model.get(concrete_label(model))


def label_of(model: Any) -> str:
    """Of the model's feed; of a model that isn't registered its own."""
    return named(concrete_label(model))


def named(model_label: str) -> str:
    """What the feed of a model of this label is called."""
    feed = registry.by_model.get(model_label)
    return feed.label if feed else model_label
