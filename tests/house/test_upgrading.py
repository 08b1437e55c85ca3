"""Every line of docs/upgrading.md is a test."""

from __future__ import annotations

import re

from tests.house.proofs import NAMED, missing
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "upgrading.md").read_text()
ROW = re.compile(r"^\| (?!what |---)(.+?) \|.*\| (.+?) \|$", re.MULTILINE)


def test_every_line_has_a_test_that_runs() -> None:
    """Whoever adds a line shows that it holds."""
    rows = ROW.findall(PAGE)
    assert len(rows) >= 10
    assert [what for what, proofs in rows if not NAMED.search(proofs) and proofs != "the same"] == []
    assert missing(PAGE) == []
