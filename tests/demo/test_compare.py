"""The demo's comparison sees what differs: without that, "no difference" would mean nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.demo.compare import compare
from tests.demo.plain import Plain
from tests.demo.processes import ROOT

SPOILED = {
    "Country": "UPDATE atlas_country SET area_km2 = 1 WHERE code = 'FR'",
    "Subdivision": "UPDATE atlas_subdivision SET parent_id = 1 WHERE parent_id IS NULL AND id = 2",
    "Language": "DELETE FROM atlas_language WHERE code = 'zza'",
    "Locale": "UPDATE atlas_locale SET language_id = language_id + 1 WHERE code = 'aa'",
    "TerritoryName": "UPDATE atlas_territoryname SET updated = '2001-01-01 00:00:00' WHERE id = 1",
    "Tag": "INSERT INTO atlas_tag (slug, label) VALUES ('zebra', 'Only here')",
    "City": "UPDATE atlas_city SET population = population + 1 WHERE id = 1",
    "City's tags": "DELETE FROM atlas_city_tags WHERE id = 1",
    "AlternateName": "UPDATE atlas_alternatename SET name = 'zebra' WHERE id = 1",
    "Capital": "UPDATE atlas_capital SET city_id = city_id + 1 WHERE id = 1",
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small atlas."""
    path = tmp_path_factory.mktemp("demo") / "studio.sqlite3"
    for command in (["migrate", "--verbosity", "0"], ["atlas_load", "--scale", "0.01", "--json"]):
        subprocess.run(
            [sys.executable, "-m", "tests.demo.manage", *command],
            check=True,
            cwd=ROOT,
            env=os.environ | {"DEMO_DATABASE": str(path), "DJANGO_SETTINGS_MODULE": "tests.demo.settings"},
            stdout=subprocess.DEVNULL,
        )
    return path


def test_a_copy_is_equal(filled: Path) -> None:
    """Every object is counted, and none differs."""
    result = compare(str(filled), str(filled))
    assert (result.different, result.differences) == (0, [])
    assert result.objects > 10_000
    assert all(result.equal.values())


def test_ids_and_what_is_not_registered_do_not_count(filled: Path, tmp_path: Path) -> None:
    """Each environment keeps its own ids and its own notes."""
    other = _spoiled(filled, tmp_path, "UPDATE atlas_city SET note = 'ours'")
    assert compare(str(filled), str(other)).different == 0


@pytest.mark.parametrize("table", SPOILED)
def test_a_difference_is_seen(filled: Path, tmp_path: Path, table: str) -> None:
    """In each table, one row that is changed, missing or too many is told, by name."""
    other = _spoiled(filled, tmp_path, SPOILED[table])
    for result in (compare(str(filled), str(other)), compare(str(other), str(filled))):
        assert result.different >= 1
        assert result.differences[0].startswith(f"{table}:")


def _spoiled(original: Path, directory: Path, sql: str) -> Path:
    copy = directory / "shop.sqlite3"
    shutil.copy(original, copy)
    with closing(Plain(str(copy))) as database:
        database.execute(sql)
    return copy
