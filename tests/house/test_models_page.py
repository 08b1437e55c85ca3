"""Every line of docs/models.md is a test."""

from __future__ import annotations

import re

from tests.house.proofs import NAMED, missing
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "models.md").read_text()
ROW = re.compile(r"^\| (?!what \||---)(.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)


def test_every_kind_has_a_test() -> None:
    """Whoever supports another kind of model shows that it works."""
    rows = ROW.findall(PAGE)
    assert len(rows) >= 25
    assert [kind for kind, _, proofs in rows if not NAMED.search(proofs)] == []


def test_the_tests_of_each_kind_exist_and_run() -> None:
    """None was renamed, removed or left out of CI; nor those of docs/packages.md."""
    assert missing(PAGE) == []
    assert missing((ROOT / "docs" / "packages.md").read_text()) == []
