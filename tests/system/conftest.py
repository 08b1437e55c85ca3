"""What tests with processes share: Pub/Sub with a topic, and the relay's thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings

from feedsync.relay import thread
from tests.system.cloud import Cloud, given
from tests.system.processes import THREADED


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with given() as cloud:
        yield cloud


@pytest.fixture
def threaded(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The setting, the emulator, and no thread left behind."""
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    with override_settings(FEEDSYNC=THREADED):
        yield
        assert thread.current().end(20)
