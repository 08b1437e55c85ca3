"""The project's own Python files, and what can be measured in them.

In: nothing; out: files and functions, in the same order each time. Migrations are left out: Django writes them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("feedsync", "consumers", "emulator")
EVERYTHING = (*PACKAGES, "tests", "benchmarks")
NESTING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


class Function(NamedTuple):
    """`lines` counts the body without its docstring, `depth` its nested blocks."""

    place: str
    lines: int
    depth: int
    parameters: int
    positional: int


def files(*packages: str) -> list[Path]:
    found = (path for package in packages for path in (ROOT / package).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def functions(*packages: str) -> Iterator[Function]:
    for path in files(*packages):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield _measured(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node)


def _measured(place: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    positional = [each.arg for each in (*node.args.posonlyargs, *node.args.args) if each.arg not in {"self", "cls"}]
    return Function(
        place=place,
        lines=(body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0,
        depth=max((_depth(statement) for statement in body), default=0),
        parameters=len(positional) + len(node.args.kwonlyargs),
        positional=len(positional),
    )


def _depth(node: ast.AST) -> int:
    """Blocks within blocks; an elif is no deeper than its if."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return 0
    inner = 0
    for child in ast.iter_child_nodes(node):
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and [child] == node.orelse
        inner = max(inner, _depth(child) - chained)
    return inner + isinstance(node, NESTING)
