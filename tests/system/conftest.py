"""What tests with processes share: the emulator with a topic."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator import Emulator

TOPIC = "projects/test/topics/feedsync"


@pytest.fixture
def cloud() -> Iterator[Emulator]:
    with Emulator() as cloud:
        cloud.create_topic(TOPIC)
        yield cloud
