"""A source of files written by hand: what the environment "studio" would answer, and lies that it might tell.

`row` is an attachment as the export sends it; `gives` answers a request for a file with these bytes, ranges included.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from consumers.files import waiting
from consumers.files.waiting import Result
from consumers.models import DataSource
from feedsync import natural_keys
from feedsync.wire.page import Change
from tests.db.pull.source import NOW, Source
from tests.unit.http.server import Answer, Server, plain

PATH = "/feedsync/files/library.attachment/file/"


def content_of(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def row(code: str, content: bytes, *, name: str | None = None, version: int = 0, **lies: Any) -> dict[str, Any]:
    said = {**content_of(content), **lies}
    return {
        "k": [code],
        "v": NOW + version,
        "f": {"code": code, "file": name or f"attachments/{code}.txt", "file.content": said},
    }


def change(code: str, content: bytes | None, *, name: str | None = None, version: int = 0, **lies: Any) -> Change:
    fields: dict[str, Any] = {"code": code, "file": "", "file.content": None}
    if content is not None:
        fields = row(code, content, name=name, **lies)["f"]
    key = natural_keys.text([code])
    return Change(feed="library.attachment", key=key, version=NOW + version, origin="studio", fields=fields)


def gives(content: bytes) -> Answer:
    """As feedsync does it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        size = len(content)
        headers = {"ETag": f'"{content_of(content)["sha256"]}"'}
        if found:
            headers["Content_Range"] = f"bytes {start}-{size - 1}/{size}"
        octets = "application/octet-stream"
        plain(content[start:], status=206 if found else 200, kind=octets, **headers)(handler)

    return answer


def cut(content: bytes, after: int) -> Answer:
    """Announces everything and hangs up early."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/octet-stream")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:after])

    return answer


@contextmanager
def serving(*answers: Answer, rows: list[dict[str, Any]] | None = None) -> Iterator[Server]:
    """A running source, known here as "studio", that answers the first request for a file so, the next so."""
    left = list(answers)

    def files(handler: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    source = Source(rows={"library.attachment": rows or []})
    with Server({**source.answers(), PATH: files}) as server:
        DataSource.objects.bulk_create([DataSource(env_name="studio", env_url=server.url)])
        yield server


def asked(server: Server) -> int:
    """How often a file was asked for."""
    return sum(path.startswith(PATH) for path in server.paths)


def fetch() -> Result:
    """What is parked for a file, due or not."""
    from consumers.models import ParkedChange

    return waiting.fetch("default", only=ParkedChange.objects.all())
