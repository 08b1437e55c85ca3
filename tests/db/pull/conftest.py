"""A source to pull from, and a replica called "shop"."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.db.pull import source as sources
from tests.db.pull.source import Source
from tests.unit.http.server import Server


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = sources.SETTINGS


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def server(source: Source) -> Iterator[Server]:
    with Server(source.answers()) as running:
        yield running
