"""Path templates of google.api.http: `/v1/{topic=projects/*/topics/*}:publish`.

A path goes in as it was sent; out come the fields that it binds, percent signs decoded, or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_PART = re.compile(r"\{(?P<field>[\w.]+)(?:=(?P<inner>[^}]*))?\}|(?P<wild>\*\*?)")
_WILD = {"*": "[^/]+", "**": ".+"}
# Without a verb at its end, a template must not take a path that has one: ids hold no colon.
_LAST_WILD = {"*": "[^/:]+", "**": "[^:]+"}


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template."""

    pattern: re.Pattern[str]
    fields: tuple[str, ...]

    def bound(self, path: str) -> dict[str, str] | None:
        """{field: value} of a path that fits."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        return dict(zip(self.fields, map(unquote, found.groups()), strict=True))


def compiled(template: str) -> Template:
    """The template, ready to be matched against paths."""
    fields = []
    pattern = ""
    end = 0
    for part in _PART.finditer(template):
        pattern += re.escape(template[end : part.start()])
        end = part.end()
        wild = _LAST_WILD if end == len(template) else _WILD
        if part["field"]:
            fields.append(part["field"])
            pattern += f"({_inner(part['inner'] or '*', wild)})"
        else:
            pattern += wild[part["wild"]]
    return Template(re.compile(pattern + re.escape(template[end:])), tuple(fields))


def _inner(segments: str, last: dict[str, str]) -> str:
    *before, end = segments.split("/")
    found = [_WILD.get(segment, re.escape(segment)) for segment in before]
    return "/".join([*found, last.get(end, re.escape(end))])
