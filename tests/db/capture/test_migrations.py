"""Migrations write by historical models: other classes with the same label (R3)."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations import RemoveField
from django.db.migrations.loader import MigrationLoader

from tests.db.capture.marks import deleted, registered, take
from tests.library.models import Book, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("capture")]


@pytest.fixture
def state() -> Any:
    return MigrationLoader(connection).project_state()


@pytest.fixture
def past(state: Any) -> Apps:
    """The app registry that a RunPython operation is given."""
    apps: Apps = state.apps
    return apps


def test_r03_historical_models_are_captured(past: Apps) -> None:
    """Saves, bulk writes, updates and deletions in a data migration are changes like others."""
    model: Any = past.get_model("library", "Tag")
    assert model is not Tag
    tag = model.objects.create(slug="a")
    mark = [("tag", str(tag.pk), None)]
    assert take() == mark
    tag.save()
    assert take() == mark
    model.objects.update(label="x")
    assert take() == mark
    tag.delete()
    assert take() == [(*mark[0][:2], '["a"]')]
    assert len(model.objects.bulk_create([model(slug="b"), model(slug="c")])) == len(take()) == 2


def test_r03_historical_sets_and_cascades(past: Apps) -> None:
    """Keys are resolved by the tables as they are at that point of the history."""
    models: Any = {name: past.get_model("library", name) for name in ("Country", "Language", "Copy", "Tag")}
    country = models["Country"].objects.create(code="GB")
    language = models["Language"].objects.create(country=country, code="en")
    copy = models["Copy"].objects.create(language=language, key="k")
    take()
    copy.tags.set([models["Tag"].objects.create(slug="a")])
    assert ("copy", str(copy.pk), None) in take()
    pks = (copy.pk, country.pk, language.pk)
    country.delete()
    assert deleted() == [
        ("copy", str(pks[0]), '["GB","en","k"]'),
        ("country", str(pks[1]), '["GB"]'),
        ("language", str(pks[2]), '["GB","en"]'),
    ]


def test_r03_historical_parents_of_several_tables(past: Apps) -> None:
    """A parent's table written by a migration marks the child."""
    with registered(Book, "code"):
        model: Any = past.get_model("library", "Book")
        book = model.objects.create(code="b")
        take()
        past.get_model("library", "Publication")._base_manager.update(title="x")
        assert take() == [("book", str(book.pk), None)]


@pytest.mark.hooks_only
def test_a_history_without_the_key_still_marks(state: Any) -> None:
    """A class that lacks a column of today's key can't tell it: the ledger does."""
    changed = state.clone()
    RemoveField("Tag", "slug").state_forwards("library", changed)
    model: Any = changed.apps.get_model("library", "Tag")
    tag = Tag.objects.create(slug="a")
    take()
    model.objects.filter(pk=tag.pk).delete()
    assert take() == [("tag", str(tag.pk), None)]
