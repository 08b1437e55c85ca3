"""Pub/Sub in this process, and a source called "studio" for a replica called "shop"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from emulator import Emulator
from tests.db.pull import source as sources
from tests.db.pull.source import Source
from tests.unit.http.server import Server

SetUp = Callable[..., tuple[bool, str]]


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = {**sources.SETTINGS, "TOPIC": "feedsync"}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def source() -> Source:
    return Source(rows={"library.tag": []}, topic="projects/test/topics/studio")


@pytest.fixture
def server(source: Source) -> Iterator[Server]:
    with Server(source.answers()) as running:
        yield running


@pytest.fixture
def set_up() -> SetUp:
    """Runs the command; answers whether all was well, and what it said."""

    def run(*arguments: Any) -> tuple[bool, str]:
        out = StringIO()
        try:
            call_command("feedsync_setup", *arguments, stdout=out, no_color=True)
        except CommandError as error:
            return False, f"{out.getvalue()}{error}"
        return True, out.getvalue()

    return run
