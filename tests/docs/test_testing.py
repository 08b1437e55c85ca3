"""docs/testing.md: its example runs as it stands there, with this repository's own models."""

from __future__ import annotations

from typing import Any

import pytest

import feedsync.testing
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "testing.md"


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_the_example_runs() -> None:
    """A test that people copy passes."""
    [example] = [block.text for block in blocks(PAGE) if block.language == "python"]
    names: dict[str, Any] = {}
    exec(compile(example.replace("library.models", "tests.library.models"), PAGE, "exec"), names)
    names["test_a_country_may_be_renamed"]()


def test_every_step_is_explained() -> None:
    """The page names each public method of a world."""
    text = PAGE.read_text()
    methods = [name for name, value in vars(feedsync.testing.World).items() if callable(value) and name[0] != "_"]
    assert [name for name in methods if f"`{name}(" not in text] == []
