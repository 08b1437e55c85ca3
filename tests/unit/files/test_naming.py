"""Names of files from elsewhere: kept where they are safe, changed where a file system can't take them, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.files.naming import MAX_PART_BYTES, UnsafeName, alternative, safe


@pytest.mark.parametrize("name", ["a.txt", "a/b/c.tar.gz", "é ü/日本.png", ".hidden", "a..b", "no_suffix", "a/-x"])
def test_a_safe_name_stays(name: str) -> None:
    """Most names are as they were."""
    assert safe(name) == name


@pytest.mark.parametrize(
    ("name", "stored"),
    [("con", "_con"), ("a/NUL.txt", "a/_NUL.txt"), ("aux.tar.gz", "_aux.tar.gz"), ("console.txt", "console.txt")],
)
def test_names_of_devices_are_changed(name: str, stored: str) -> None:
    """On Windows they would be no files."""
    assert safe(name) == stored


def test_an_overlong_part_is_cut_and_keeps_its_suffix() -> None:
    """File systems take 255 bytes; letters of several bytes are not cut in two."""
    stored = safe(f"a/{'é' * 300}.png")
    assert stored.endswith(".png")
    assert MAX_PART_BYTES - 4 <= len(stored.partition("/")[2].encode()) <= MAX_PART_BYTES


@given(st.text(max_size=300))
def test_whatever_is_accepted_stays_inside(name: str) -> None:
    """No accepted name leaves its folder."""
    try:
        stored = safe(name)
    except UnsafeName:
        return
    assert not stored.startswith("/")
    assert "\\" not in stored
    assert "\0" not in stored
    assert not {"", ".", ".."} & set(stored.split("/"))


def test_the_alternative_is_the_same_each_time() -> None:
    """So that it is found again."""
    assert alternative("a/b.png", "0123456789") == "a/b_01234567.png"
