"""Two environments whose writes are really committed, and empty databases for each history."""

from __future__ import annotations

import pytest

from feedsync.testing import World
from feedsync.testing.emptying import empty
from tests.db.convergence.histories import DATABASES


@pytest.fixture
def databases(transactional_db: None) -> None:
    empty(DATABASES.values())


@pytest.fixture
def world(databases: None) -> World:
    """The studio writes, the shop follows."""
    return World(DATABASES, flows=[("studio", "shop")])


@pytest.fixture
def both(databases: None) -> World:
    """Both write, both follow."""
    return World(DATABASES)
