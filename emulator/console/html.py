"""HTML from templates: whatever is filled in is escaped, unless it is markup already."""

from __future__ import annotations

import html
from collections.abc import Iterable


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


def fill(template: str, **values: object) -> Markup:
    """The template with its `{names}` filled in; of several values, one after the other."""
    return Markup(template.format(**{name: _inline(value) for name, value in values.items()}))


def join(parts: Iterable[Markup]) -> Markup:
    """One after the other."""
    return Markup("".join(parts))


def table(heads: Iterable[str], rows: Iterable[Iterable[object]], *, empty: str) -> Markup:
    """A table whose cells know their heads, so that a narrow screen can show a row as a list."""
    names = list(heads)
    body = [
        fill("<tr>{cells}</tr>", cells=[_cell(name, value) for name, value in zip(names, row, strict=True)])
        for row in rows
    ]
    if not body:
        return fill("<p class=empty>{empty}</p>", empty=empty)
    head = [fill("<th scope=col>{name}</th>", name=name) for name in names]
    return fill("<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>", head=head, body=body)


def _cell(name: str, value: object) -> Markup:
    kind = ' class="number"' if isinstance(value, int) else ""
    return fill('<td data-name="{name}"{kind}>{value}</td>', name=name, kind=Markup(kind), value=value)


def _inline(value: object) -> str:
    if isinstance(value, Markup):
        return value
    if isinstance(value, list):
        return "".join(_inline(each) for each in value)
    if isinstance(value, int):
        return f"{value:,}"
    return html.escape(str(value))
