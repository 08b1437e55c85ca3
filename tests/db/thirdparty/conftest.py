"""Two environments with models of other packages, registered for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from feedsync import register_model, registry
from feedsync.testing import World

Register = Callable[..., None]


@pytest.fixture
def register() -> Iterator[Register]:
    """`register(Model, "path", "path", …)`, until the end of the test."""
    given: list[Any] = []

    def register(model: Any, *natural_key: str, **options: Any) -> None:
        register_model(natural_key=natural_key, **options)(model)
        given.append(model)

    yield register
    for model in given:
        registry.unregister(model)


@pytest.fixture
def world(transactional_db: None) -> World:
    """The studio writes, the shop follows."""
    return World({"studio": "default", "shop": "other"}, flows=[("studio", "shop")])
