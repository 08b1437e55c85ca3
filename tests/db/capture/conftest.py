"""Capture in either mode: a test that uses `capture` runs with hooks in Django, and with triggers of the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import Settings

from feedsync.triggers import installing


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "capture" in metafunc.fixturenames:
        hooks_only = any(mark.name == "hooks_only" for mark in metafunc.definition.iter_markers())
        hooks_only |= connection.vendor == "mysql"  # where making a trigger ends the test's transaction
        metafunc.parametrize("capture", ["signals"] if hooks_only else ["signals", "triggers"], indirect=True)


@pytest.fixture
def capture(request: pytest.FixtureRequest, settings: Settings, db: None) -> Iterator[str]:
    """The mode."""
    if request.param == "triggers":
        settings.FEEDSYNC = {**settings.FEEDSYNC, "CAPTURE": "triggers"}
        installing.install("default")
    yield request.param
    if request.param == "triggers":
        installing.remove("default")
