"""What the unit tests share: no database, and registrations that end with the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.registering import Registering, registering


@pytest.fixture
def register() -> Iterator[Registering]:
    """Register models that the test defines itself, with `app_label = "library"`."""
    with registering() as found:
        yield found
