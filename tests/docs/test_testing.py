"""docs/testing.md: its example runs as it stands there, with this repository's own models."""

from __future__ import annotations

from typing import Any

import pytest

import feedsync.testing
from feedsync.testing import pytest_plugin
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "testing.md"
PYTHON = [block.text for block in blocks(PAGE) if block.language == "python"]


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_the_example_runs() -> None:
    """A test that people copy passes."""
    example = PYTHON[0]
    names: dict[str, Any] = {}
    exec(compile(example.replace("library.models", "tests.library.models"), PAGE, "exec"), names)
    names["test_a_country_may_be_renamed"]()


@pytest.mark.django_db(transaction=True)
def test_the_histories_run() -> None:
    """So does the one with seeds."""
    names: dict[str, Any] = {}
    exec(compile(PYTHON[1].replace("library.models", "tests.library.models"), PAGE, "exec"), names)
    names["test_tags_converge"]()


def test_every_step_is_explained() -> None:
    """The page names each public method of a world."""
    text = PAGE.read_text()
    methods = [name for name, value in vars(feedsync.testing.World).items() if callable(value) and name[0] != "_"]
    assert [name for name in methods if f"`{name}(" not in text] == []


def test_the_line_that_opts_in_names_a_plugin() -> None:
    """tests/system/test_pytest_plugin.py runs a project with it."""
    names: dict[str, Any] = {}
    exec(compile(PYTHON[-1], PAGE, "exec"), names)
    assert names["pytest_plugins"] == [pytest_plugin.__name__]
