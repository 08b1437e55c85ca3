"""Up to four environments whose writes are really committed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from feedsync.testing.emptying import empty
from tests.db.topology.copies import MORE, opened
from tests.db.topology.shapes import ALIASES


@pytest.fixture(scope="module", autouse=True)
def _more_databases(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Of a module, so that they are there before a test opens "all" of its databases."""
    with django_db_blocker.unblock(), opened(*MORE), django_db_blocker.block():
        yield


@pytest.fixture
def databases(transactional_db: None) -> None:
    empty(ALIASES)
