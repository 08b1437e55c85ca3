"""Ranges of HTTP: which part of a file a request means."""

from __future__ import annotations

import pytest

from feedsync.files.ranges import Part, Unsatisfiable, part

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("asked", "start", "length"),
    [
        ("", 0, 10),
        ("bytes=0-", 0, 10),
        ("bytes=4-", 4, 6),
        ("bytes=4-6", 4, 3),
        ("bytes=4-99", 4, 6),
        ("bytes=9-9", 9, 1),
        ("bytes=-3", 7, 3),
        ("bytes=-99", 0, 10),
        ("bytes=6-4", 0, 10),
        ("bytes=-", 0, 10),
        ("bytes=1-2,4-5", 0, 10),
        ("lines=1-2", 0, 10),
        ("bytes=1e3-", 0, 10),
    ],
)
def test_a_range_of_bytes(asked: str, start: int, length: int) -> None:
    """One range is honoured, anything else is the whole file."""
    assert part(asked, "", size=10, etag=ETAG) == Part(start, length, 10)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_behind_the_end(asked: str) -> None:
    """Nothing of the file is in it."""
    with pytest.raises(Unsatisfiable):
        part(asked, "", size=10, etag=ETAG)


def test_a_condition_names_the_content() -> None:
    """If-Range: the part of this content, else the whole of what there is now."""
    assert part("bytes=4-", ETAG, size=10, etag=ETAG).length == 6
    assert part("bytes=4-", '"other"', size=10, etag=ETAG).whole
    assert part("bytes=4-", f"W/{ETAG}", size=10, etag=ETAG).whole


def test_an_empty_file_has_no_part() -> None:
    """Without a range it is whole; every range is behind its end."""
    assert part("", "", size=0, etag=ETAG).whole
    with pytest.raises(Unsatisfiable):
        part("bytes=0-", "", size=0, etag=ETAG)
