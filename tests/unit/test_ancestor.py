"""What a project of django-data-sync brings along: decorator arguments, manager, settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from pytest_django import Settings

import feedsync
from feedsync import conf, registry
from feedsync.checks import ancestry

pytestmark = pytest.mark.usefixtures("_silence")


@pytest.fixture
def _silence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_CLOUD_PROJECT", "GAE_SERVICE", "GAE_VERSION", "DATA_SYNC_SERVICE_ACCOUNT_EMAIL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def registered() -> Iterator[Any]:
    """The ancestor's own example, its arguments in order."""

    class AncestorCopy(models.Model):
        objects: Any = feedsync.managers.DataSyncEnhancedManager()
        key = models.CharField(max_length=20, unique=True)
        value = models.TextField()
        default = models.TextField()
        thumbnail = models.FileField()

        class Meta:
            app_label = "library"

    feedsync.register_model(["key"], ("value", "key"), ("thumbnail",))(AncestorCopy)
    yield registry.feed_of(AncestorCopy)
    feedsync.unregister(AncestorCopy)


def test_decorator_takes_the_ancestors_arguments(registered: registry.Feed) -> None:
    """In its order, with file fields beside the others."""
    assert registered.natural_key == ("key",)
    assert registered.fields == ("value", "key", "thumbnail")
    assert registered.file_fields == ("thumbnail",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SERVICE_ACCOUNT_EMAIL", "a@example.org"),
        ("FORCE_SYNC", True),
        ("CLOUD_TASKS_QUEUE_ID", "data-sync"),
        ("CLOUD_TASKS_LOCATION", "us-central1"),
        ("GOOGLE_CLOUD_PROJECT", "old"),
        ("GAE_VERSION", "v1"),
        ("GAE_SERVICE", "worker"),
    ],
)
def test_old_setting_counts_until_the_new_one_is_there(settings: Settings, key: str, value: Any) -> None:
    """What means the same is honoured; FEEDSYNC wins."""
    settings.FEEDSYNC = {"ENVIRONMENT": "studio"}
    setattr(settings, f"DATA_SYNC_{key}", value)
    assert getattr(conf.settings(), key.lower()) == value
    settings.FEEDSYNC = {"ENVIRONMENT": "studio", key: False if value is True else "new"}
    assert getattr(conf.settings(), key.lower()) in (False, "new")


def test_old_account_in_the_process_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ancestor looked for this one there, too."""
    settings.FEEDSYNC = {"ENVIRONMENT": "studio"}
    monkeypatch.setenv("DATA_SYNC_SERVICE_ACCOUNT_EMAIL", "b@example.org")
    conf.parsed.cache_clear()
    assert conf.settings().service_account_email == "b@example.org"
    monkeypatch.undo()
    conf.parsed.cache_clear()


def test_check_names_the_new_setting(settings: Settings) -> None:
    """One warning for each old name: moved, not read any more, or without meaning."""
    settings.FEEDSYNC = {"ENVIRONMENT": "studio", "FORCE_SYNC": True}
    settings.DATA_SYNC_GAE_SERVICE = "worker"
    settings.DATA_SYNC_FORCE_SYNC = True
    settings.DATA_SYNC_COLOUR = "blue"
    assert [(warning.id, warning.msg) for warning in ancestry.check_settings()] == [
        ("feedsync.W013", "DATA_SYNC_COLOUR means nothing to feedsync."),
        ("feedsync.W013", "DATA_SYNC_FORCE_SYNC is not read, since FEEDSYNC['FORCE_SYNC'] is there."),
        ("feedsync.W013", "DATA_SYNC_GAE_SERVICE is called FEEDSYNC['GAE_SERVICE'] now."),
    ]


def test_no_warning_without_old_settings() -> None:
    """A project that never knew the ancestor hears nothing of it."""
    assert list(ancestry.check_settings()) == []
