"""A world for a story."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.db.convergence.histories import DATABASES
from tests.db.graphs import telling
from tests.db.graphs.drawing import HEAD
from tests.db.graphs.stories import Story


@pytest.fixture
def story() -> Iterator[Story]:
    """A world with the models of this source, by their names."""
    with ExitStack() as stack:
        yield lambda source: stack.enter_context(telling.named(HEAD + source, DATABASES))
