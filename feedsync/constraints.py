"""Which columns a constraint of the model speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q


def of_expression(expression: Any) -> Iterator[str]:
    """Names of the fields that an expression is made of."""
    if isinstance(expression, F):
        yield vars(expression)["name"]
        return
    for part in expression.get_source_expressions() if expression is not None else ():
        yield from of_expression(part)


def of_condition(condition: Q) -> Iterator[str]:
    """Names of the fields that a condition compares."""
    for child in condition.children:
        if isinstance(child, Q):
            yield from of_condition(child)
        elif isinstance(child, tuple):
            yield child[0].partition("__")[0]
            yield from of_expression(child[1]) if hasattr(child[1], "get_source_expressions") else ()
        else:
            yield from of_expression(child)
