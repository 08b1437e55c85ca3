"""docs/when-things-go-wrong.md quotes what feedsync really says, and each fault is made to happen by a test."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.proofs import NAMED, missing
from tests.house.sources import ROOT, files

PAGE = (ROOT / "docs" / "when-things-go-wrong.md").read_text()
SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
QUOTES = [
    line for block in re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
SHORT = 4  # punctuation between two names proves nothing


def said() -> str:
    """Every string of the packages, with its lines joined as the code joins them."""
    nodes = (node for path in files("feedsync", "consumers") for node in ast.walk(ast.parse(path.read_text())))
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


SAID = said()


@pytest.mark.parametrize("quote", QUOTES)
def test_what_is_quoted_is_said(quote: str) -> None:
    """Each piece between two names stands in the code."""
    pieces = [piece for piece in re.split(r"…|\{\w+\}", quote) if len(piece.strip()) >= SHORT]
    assert pieces
    assert [piece for piece in pieces if piece not in SAID] == []


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.partition("\n")[0])
def test_every_fault_has_a_test(section: str) -> None:
    """That is there, and runs in CI."""
    assert NAMED.search(section)
    assert missing(section) == []
