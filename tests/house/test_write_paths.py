"""Every line of docs/write-paths.md is a test."""

from __future__ import annotations

import re

from tests.house.proofs import NAMED, missing
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "write-paths.md").read_text()
ROW = re.compile(r"^\| (?!write \||---)(.+?) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
ANSWERS = ("yes", "on record", "no", "nothing to capture")


def test_every_line_has_an_answer_and_a_test() -> None:
    """Whoever adds a way to write shows what becomes of it."""
    rows = ROW.findall(PAGE)
    assert len(rows) >= 30
    assert [write for write, *_, proofs in rows if not NAMED.search(proofs)] == []
    assert [write for write, *both, _ in rows if not all(answer.startswith(ANSWERS) for answer in both)] == []


def test_the_tests_exist_and_run() -> None:
    """None was renamed, removed or left out of CI."""
    assert missing(PAGE) == []
