"""Files and functions keep to the house style."""

from __future__ import annotations

import ast

from tests.house.sources import EVERYTHING, PACKAGES, ROOT, files, functions

VAGUE = {"base", "common", "core", "helpers", "manager", "misc", "utils"}


def test_no_file_is_longer_than_300_lines() -> None:
    """One idea a file: 300 lines are enough for any."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files(*EVERYTHING)}
    assert {path: lines for path, lines in lengths.items() if lines > 300} == {}


def test_no_module_has_a_vague_name() -> None:
    """A module's name says what is in it."""
    assert [str(path.relative_to(ROOT)) for path in files(*EVERYTHING) if path.stem in VAGUE] == []


def test_every_module_says_what_it_is_for() -> None:
    """Each module that has code starts with a docstring."""
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in files(*EVERYTHING)}
    silent = [place for place, text in sources.items() if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert silent == []


def test_no_function_is_longer_than_30_lines() -> None:
    """One job a function."""
    assert [each.place for each in functions(*PACKAGES) if each.lines > 30] == []


def test_no_function_nests_deeper_than_3() -> None:
    """What would nest deeper has a name of its own."""
    assert [each.place for each in functions(*PACKAGES) if each.depth > 3] == []


def test_no_function_takes_more_than_6_parameters() -> None:
    """What belongs together travels together."""
    assert [each.place for each in functions(*PACKAGES) if each.parameters > 6] == []
