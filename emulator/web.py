"""What comes and goes over HTTP/1.1, as plain values, and who answers it: no library of any server in sight.

A page (the health check, the web page, a token endpoint) is an exact path, or ends in `/*` for all below it; what has
no page goes to the JSON mapping of the services.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; header names are found in any case."""

    verb: str
    path: str  # as sent, percent signs and all
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_from_another_site(self) -> bool:
        """Whether a browser says that a page from elsewhere wants to change something. Who merely visits a page shall
        not lose what is here by it."""
        return self.verb not in ("GET", "HEAD") and self.headers.get("Sec-Fetch-Site") == "cross-site"

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query, decoded, in order."""
        return parse_qsl(self.query, keep_blank_values=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Page = Callable[[Request], Awaitable[Reply]]
Pages = Mapping[tuple[str, str], Page]  # {(verb, path): what answers}


def find(pages: Pages, verb: str, path: str) -> Page | None:
    """The page of a path: its own, or the nearest above it that is for all below."""
    found = pages.get((verb, path))
    while found is None and path:
        path = path.rpartition("/")[0]
        found = pages.get((verb, f"{path}/*"))
    return found


def json_reply(value: Any, *, status: int = 200, indent: int | None = 2) -> Reply:
    """The value as JSON."""
    import json

    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return Reply(status=status, body=text.encode() + b"\n", content_type="application/json; charset=utf-8")
