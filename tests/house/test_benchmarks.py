"""The benchmarks say what they compare, and their page knows all of them."""

from __future__ import annotations

from importlib import import_module

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.measurement import Measurement
from benchmarks.report import markdown
from tests.house.sources import ROOT, functions

FASTER = Measurement(name="ours / theirs", value=2.0, target=3.0, at_least=True, ours="2 rows/s", beside="1 row/s")


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_measures_and_stands_on_the_page(name: str) -> None:
    """What `make bench` runs is what `docs/benchmarks.md` explains."""
    assert callable(import_module(f"benchmarks.{name}").measure)
    assert f"| {name} |" in (ROOT / "docs" / "benchmarks.md").read_text()


@pytest.mark.parametrize(
    ("value", "at_least", "reached"), [(2.9, True, False), (3.0, True, True), (3.0, False, True), (3.1, False, False)]
)
def test_a_target_is_reached_from_the_side_that_is_meant(value: float, at_least: bool, reached: bool) -> None:
    """More is better for some, less for others."""
    assert Measurement(name="any", value=value, target=3.0, at_least=at_least).reached is reached


def test_what_was_missed_is_said() -> None:
    """The table has a row for each, with the target beside the figure."""
    assert markdown([FASTER]).splitlines()[-1] == "| ours / theirs | 2.00 x | ≥ 3 x | no | 2 rows/s | 1 row/s |  |"


def test_functions_of_the_benchmarks_are_short_too() -> None:
    """As those of the packages."""
    assert [each.place for each in functions("benchmarks") if each.lines > 30 or each.depth > 3] == []
