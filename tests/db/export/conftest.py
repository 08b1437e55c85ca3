"""An environment called "studio" with two readers."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from tests.db.export import reading


@pytest.fixture(autouse=True)
def _studio(settings: Settings) -> None:
    settings.FEEDSYNC = reading.SETTINGS
