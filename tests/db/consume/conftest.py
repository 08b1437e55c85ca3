"""An emulator with a subscription to the studio, and a replica called "shop" that knows the studio as a data source."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from consumers.models import DataSource
from emulator import Emulator
from tests.db.consume.consuming import SUBSCRIPTION, TOPIC


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = {"ENVIRONMENT": "shop", "GOOGLE_CLOUD_PROJECT": "test", "RELAY": "command", "TASKS": "inline"}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.create_topic(TOPIC)
        emulator.create_subscription(SUBSCRIPTION, TOPIC)
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.fixture
def studio(transactional_db: None) -> DataSource:
    """Known already: no pull begins."""
    source = DataSource(env_name="studio", env_url="https://studio.example.org", subscription=SUBSCRIPTION)
    return DataSource.objects.bulk_create([source])[0]
