"""The registry: one feed a table, found by any class that stands for the table."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import models
from pytest_django import Settings

from feedsync import register_model, registry, unregister
from feedsync.errors import ConfigurationError, NotRegistered
from tests.library.models import Country, CountryProxy, Tag
from tests.unit.registering import Registering


class Elsewhere:
    """Tags live in another database."""

    def db_for_write(self, model: type[models.Model], **hints: object) -> str | None:
        return "other" if model is Tag else None


def test_decorator_gives_the_model_back(register: Registering) -> None:
    """Registering changes nothing on the model."""

    class Word(models.Model):
        code = models.TextField(unique=True)

        class Meta:
            app_label = "library"

    before = set(vars(Word))

    assert register_model(natural_key=["code"])(Word) is Word
    assert set(vars(Word)) == before
    unregister(Word)
    assert registry.find("library.word") is None


def test_r03_proxies_stand_for_their_table() -> None:
    """A proxy, and a class that Django makes for deferred fields, answer the feed of the concrete model."""
    assert registry.feed_of(CountryProxy) is registry.feed_of(Country) is registry.get("library.country")


def test_registered_twice() -> None:
    """A second registration, by a proxy too, is an error and changes nothing."""
    generation = registry.registry.generation

    for model in (Country, CountryProxy):
        with pytest.raises(ConfigurationError, match=r"library.country is registered twice"):
            register_model(natural_key=["name"])(model)
    assert registry.get("library.country").natural_key == ("code",)
    assert registry.registry.generation == generation


def test_unregistered_twice() -> None:
    """What isn't registered can't be given back."""
    with pytest.raises(NotRegistered, match=r"contenttypes.contenttype is not registered"):
        unregister(ContentType)


def test_listeners_hear_of_every_change(register: Registering) -> None:
    """Whatever is derived from the registry learns that it is stale."""
    heard: list[int] = []
    registry.registry.listeners.append(lambda: heard.append(registry.registry.generation))

    class Word(models.Model):
        code = models.TextField(unique=True)

        class Meta:
            app_label = "library"

    register(Word, "code")
    register.undo()
    registry.registry.listeners.pop()

    assert len(heard) == 2
    assert heard[0] < heard[1]


@pytest.mark.parametrize(
    "options", [{"natural_key": []}, {"natural_key": "code"}, {"natural_key": ["code"], "fields": "code"}]
)
def test_lists_of_names_are_lists(options: dict[str, Any]) -> None:
    """A string where a list belongs is told at once."""
    with pytest.raises(ConfigurationError):
        register_model(**options)


@pytest.mark.parametrize(
    ("thing", "told"), [(AbstractBaseUser, "abstract"), (object, "not a model"), (None, "not a model")]
)
def test_only_concrete_models(thing: Any, told: str) -> None:
    """What has no table can't be a feed."""
    with pytest.raises(ConfigurationError, match=told):
        register_model(natural_key=["code"])(thing)


def test_label_that_is_unknown() -> None:
    """Asked for by label, a feed that isn't there is an error that says so."""
    with pytest.raises(NotRegistered, match=r"library.unicorn"):
        registry.get("library.unicorn")


def test_r06_database_of_a_feed(settings: Settings) -> None:
    """The router says where a feed's rows are."""
    assert registry.get("library.tag").alias == "default"
    settings.DATABASE_ROUTERS = [f"{__name__}.Elsewhere"]
    assert registry.get("library.tag").alias == "other"
