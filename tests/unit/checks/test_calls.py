"""What the checks say where Cloud Tasks, or a task framework, could not do what the setting asks of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

WHOLE = {
    "ENVIRONMENT": "shop",
    "GOOGLE_CLOUD_PROJECT": "test",
    "BASE_URL": "https://shop.example",
    "SERVICE_ACCOUNT_EMAIL": "shop@test.iam.gserviceaccount.com",
}


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GAE_ENV", "GAE_INSTANCE", "GAE_APPLICATION", "K_SERVICE", "CLOUD_RUN_JOB"):
        monkeypatch.delenv(name, raising=False)


def said(settings: Settings, **options: Any) -> list[tuple[str, str]]:
    settings.FEEDSYNC = WHOLE | options
    ids = ("feedsync.E019", "feedsync.E020", "feedsync.W012")
    return [(str(found.id), found.msg) for found in run_checks(tags=["feedsync"], databases=[]) if found.id in ids]


@pytest.mark.parametrize("options", [{"TASKS": "cloud_tasks"}, {"RELAY": "cloud_tasks"}, {"TASKS": "django_tasks"}])
def test_whole_setting_is_fine(settings: Settings, options: dict[str, str]) -> None:
    """Nothing is said."""
    assert said(settings, **options) == []


@pytest.mark.parametrize("key", ["TASKS", "RELAY"])
@pytest.mark.parametrize("missing", ["BASE_URL", "SERVICE_ACCOUNT_EMAIL", "GOOGLE_CLOUD_PROJECT"])
def test_what_is_missing_is_named(settings: Settings, key: str, missing: str) -> None:
    """An error: the setting asks for what can't work."""
    (found,) = said(settings, **{key: "cloud_tasks", missing: ""})
    assert found[0] == "feedsync.E019"
    assert missing in found[1]


def test_platform_without_settings_is_warned(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Cloud Run a pull would go to Cloud Tasks; an environment that never pulls may not mind."""
    monkeypatch.setenv("K_SERVICE", "shop")
    (found,) = said(settings, BASE_URL="")
    assert found[0] == "feedsync.W012"
    assert "Cloud Run" in found[1]
    assert said(settings, BASE_URL="", TASKS="thread") == []
