"""What the relay's tests share."""

from __future__ import annotations

import pytest

from tests.db.relay.relaying import Relay


@pytest.fixture
def relay() -> Relay:
    return Relay()
