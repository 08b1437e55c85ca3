"""The wheel holds the three packages, whole, and nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.house.sources import PACKAGES, ROOT


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is in a wheel built from this tree."""
    directory = tmp_path_factory.mktemp("wheel")
    [built] = WheelBuilder(str(ROOT)).build(directory=str(directory), versions=["standard"])
    with zipfile.ZipFile(Path(built)) as wheel:
        return wheel.namelist()


def test_the_wheel_has_exactly_three_packages(names: list[str]) -> None:
    """Neither tests nor benchmarks are shipped."""
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_says_that_it_is_typed(names: list[str]) -> None:
    """Type checkers read the annotations of all three."""
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_the_wheel_has_every_file_of_the_packages(names: list[str]) -> None:
    """Templates, static files and migrations are not forgotten."""
    there = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there - set(names) == set()


def test_the_wheel_brings_the_licence_and_the_emulator_command(names: list[str]) -> None:
    """What a user gets besides the packages."""
    metadata = {name.partition(".dist-info/")[2] for name in names if ".dist-info/" in name}
    assert {"licenses/LICENSE", "entry_points.txt"} <= metadata
