"""Which platform this is, and where pulls run there."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from consumers.tasks.start import chosen
from feedsync.tasks import platforms

VARIABLES = ("GAE_ENV", "GAE_INSTANCE", "GAE_APPLICATION", "K_SERVICE", "CLOUD_RUN_JOB")


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variable", "platform", "tasks"),
    [
        ("GAE_ENV", "App Engine", "cloud_tasks"),
        ("GAE_APPLICATION", "App Engine", "cloud_tasks"),
        ("K_SERVICE", "Cloud Run", "cloud_tasks"),
        ("CLOUD_RUN_JOB", "Cloud Run", "cloud_tasks"),
        ("HOSTNAME", "other", "thread"),
    ],
)
def test_platform_decides_where_pulls_run(
    variable: str, platform: str, tasks: str, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """TASKS "auto" is Cloud Tasks on App Engine and Cloud Run, and a thread elsewhere."""
    settings.FEEDSYNC = {"ENVIRONMENT": "shop"}
    monkeypatch.setenv(variable, "standard")
    assert platforms.current() == platform
    assert chosen() == tasks


def test_force_sync_goes_before_the_platform(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """As in the ancestor."""
    settings.FEEDSYNC = {"ENVIRONMENT": "shop", "FORCE_SYNC": True}
    monkeypatch.setenv("GAE_ENV", "standard")
    assert chosen() == "inline"
