"""Every sentence of GUARANTEES.md, and every rule, has tests that are there and that run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.house.proofs import NAMED, TESTS, missing
from tests.house.sources import ROOT

PAGE = (ROOT / "GUARANTEES.md").read_text()
RULES = (ROOT / "docs" / "rules.md").read_text()
SECTION = re.compile(r"^## (\d+)\. .*?$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ([RP]\d+) \|.*$", re.MULTILINE)
REPLAYS = re.compile(r"test_([rp])0?(\d+)_")
NOT_YET = "*Not there yet.*"
EVERY_RULE = [*(f"R{number}" for number in range(1, 31)), *(f"P{number}" for number in range(1, 11))]


def sentences() -> Iterator[tuple[str, str]]:
    """(number of the guarantee, paragraph or item), but for those that state limits or say how to measure."""
    for number, text in SECTION.findall(PAGE):
        for part in re.split(r"\n\n|\n(?=- )", text.strip()):
            if not part.startswith(("**Limits.**", "`make bench")):
                yield number, part


def test_every_sentence_has_a_test() -> None:
    """What is promised is proven; whoever adds a sentence adds a test."""
    assert [(number, part) for number, part in sentences() if not NAMED.search(part)] == []


def test_every_test_that_is_named_exists_and_runs() -> None:
    """A test that was renamed, removed or left out of CI proves nothing."""
    assert missing(PAGE) == []


def test_every_invariant_is_a_section() -> None:
    """None is taken out silently."""
    numbers = [int(number) for number, _ in SECTION.findall(PAGE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 15


def test_every_rule_has_a_test_named_after_it() -> None:
    """Or the page says that it is not there yet, and then there is none."""
    rows = {match[1]: match[0] for match in ROW.finditer(RULES)}
    assert list(rows) == EVERY_RULE
    replayed = {f"{match[1].upper()}{match[2]}" for name in TESTS if (match := REPLAYS.match(name))}
    absent = {rule for rule, row in rows.items() if NOT_YET in row}
    assert set(EVERY_RULE) - replayed == absent
    assert replayed <= set(rows)
