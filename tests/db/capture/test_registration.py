"""The hooks come with the first feed and go with the last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.sql import compiler as compilers

from feedsync import registry
from feedsync.capture import hooks
from tests.db.capture.marks import registered, take
from tests.library.models import Publication, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_feeds() -> Iterator[None]:
    feeds = registry.feeds()
    for feed in feeds:
        registry.unregister(feed.model)
    yield
    for feed in feeds:
        registry.registry.add(feed)


@pytest.mark.usefixtures("no_feeds")
def test_without_feeds_django_is_untouched() -> None:
    """Every attribute is Django's own, and where Django has none there is none."""
    for owner, name, _, _ in hooks.HOOKS:
        method: Any = getattr(owner, name, None)
        assert not hasattr(method, "__wrapped__")
    assert "execute_sql" not in vars(compilers.SQLDeleteCompiler)
    Tag.objects.create(slug="a")
    assert take() == []
    with registered(Tag, "slug"):
        Tag.objects.create(slug="b")
    assert len(take()) == 1


def test_a_later_wrapper_of_another_package_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    """We take out only what we have put in, and then do nothing."""
    ours = compilers.SQLInsertCompiler.execute_sql

    def theirs(compiler: Any, *arguments: Any) -> Any:
        return ours(compiler, *arguments)

    monkeypatch.setattr(compilers.SQLInsertCompiler, "execute_sql", theirs)
    feeds = registry.feeds()
    for feed in feeds:
        registry.unregister(feed.model)
    assert compilers.SQLInsertCompiler.execute_sql is theirs
    Tag.objects.create(slug="a")
    assert take() == []
    for feed in feeds:
        registry.registry.add(feed)
    Tag.objects.create(slug="b")
    assert len(take()) == 1


def test_a_registration_at_run_time_is_captured_at_once() -> None:
    """So is its end."""
    with registered(Publication, "code"):
        made = Publication.objects.create(code="p")
        assert take() == [("publication", str(made.pk), None)]
    made.delete()
    assert take() == []
