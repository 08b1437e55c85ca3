"""The tests that pages name as proofs: which there are, and which of them CI leaves out.

In: nothing; out: {name of a test function: markers that leave it out of CI}, over all places where it is defined.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from tests.house.sources import files

NAMED = re.compile(r"`(test_\w+)`")
NOT_IN_CI = {"gcloud"}


def missing(page: str) -> list[str]:
    """Tests that a page names and that are not there, or left out of CI."""
    return [name for name in sorted(set(NAMED.findall(page))) if name not in TESTS or TESTS[name]]


def _defined() -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in files("tests"):
        if path.name.startswith("test_"):
            for name, marks in _functions(path.read_text()):
                found[name] |= marks & NOT_IN_CI
    return found


def _functions(source: str) -> Iterator[tuple[str, set[str]]]:
    module = ast.parse(source)
    assigned = [node for node in module.body if isinstance(node, ast.Assign)]
    whole = {mark for node in assigned if "pytestmark" in ast.unparse(node.targets[0]) for mark in _marks(node.value)}
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name, whole | {mark for decorator in node.decorator_list for mark in _marks(decorator)}


def _marks(node: ast.AST) -> set[str]:
    return set(re.findall(r"pytest\.mark\.(\w+)", ast.unparse(node)))


TESTS = _defined()
