"""A source written by hand: what the environment "studio" would answer, served by a real HTTP server.

`Source` holds rows, versions and tombstones; `answers` gives contract and export for `tests.unit.http.server`. An
export honours feeds and cursor, so that cutting and resuming are as in life.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from feedsync import clock, fingerprints, registry
from tests.unit.http.server import Answer, plain

NOW = clock.at(clock.wall_clock())
SECRET = "a secret of the tests"
SETTINGS = {
    "ENVIRONMENT": "shop",
    "GOOGLE_CLOUD_PROJECT": "test",
    "RELAY": "command",
    "TASKS": "inline",
    "CREDENTIALS": {"studio": {"secret": SECRET}},
    "ALLOW_PRIVATE_SOURCES": True,
}


def tag(slug: str, label: str = "", version: int = 0) -> dict[str, Any]:
    return {"k": [slug], "v": NOW + version, "f": {"slug": slug, "label": label}}


def country(code: str, name: str = "", version: int = 0) -> dict[str, Any]:
    return {"k": [code], "v": NOW + version, "f": {"code": code, "name": name}}


@dataclass
class Source:
    """`rows`: {feed: changes as on the wire}, in the order of the stream."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tombstones: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    environment: str = "studio"
    incarnation: str = "first"
    topic: str | None = None
    forwards: bool = False
    wire: int = 1
    chunk: int = 2
    cut_after: int | None = None  # chunks, once, or in each answer
    cut_forever: bool = False
    before_chunk: Callable[[int], None] = lambda number: None
    cursors: list[str] = field(default_factory=list)  # of the export requests
    stale: Collection[str] = ()  # cursors that it takes no more
    unsent: Collection[str] = ()  # slugs and codes that it has although no stream brought them
    claimed: dict[str, int] = field(default_factory=dict)  # counts of the end line that aren't true
    absences: list[list[str]] = field(default_factory=list)  # what it was asked for
    contract: dict[str, Any] = field(default_factory=dict)  # what differs from our own registrations, by feed

    def answers(self) -> dict[str, Answer]:
        return {
            "/feedsync/contract/": self._contract,
            "/feedsync/export/": self._export,
            "/feedsync/absent/": self._absent,
        }

    def _absent(self, handler: Any) -> None:
        question = json.loads(handler.body)
        keys = [json.loads(key) for key in question["keys"]]
        self.absences.append([key[0] for key in keys])
        here = {tuple(item["k"]) for item in self.rows[question["feed"]]} | {(name,) for name in self.unsent}
        absent = [place for place, key in enumerate(keys) if tuple(key) not in here]
        head = {"environment": self.environment, "incarnation": self.incarnation, "asked": len(keys)}
        plain(json.dumps({**head, "absent": absent}).encode())(handler)

    def _contract(self, handler: BaseHTTPRequestHandler) -> None:
        feeds = [
            {"fingerprint": "f", **fingerprints.describe(registry.get(label)), **self.contract.get(label, {})}
            for label in self.rows
        ]
        body = {
            "environment": self.environment,
            "incarnation": self.incarnation,
            "wire": self.wire,
            "topic": self.topic,
            "forwards": self.forwards,
            "feeds": feeds,
        }
        plain(json.dumps(body).encode())(handler)

    def _export(self, handler: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        cursor = query.get("cursor", ["0"])[0]
        self.cursors.append(cursor)
        if cursor in self.stale:
            plain(b'{"error": "Start again."}', status=409)(handler)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-ndjson")
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        complete = self._send(handler, self._lines(query["feeds"][0].split(","), int(cursor)))
        if complete:
            handler.wfile.write(b"0\r\n\r\n")

    def _send(self, handler: BaseHTTPRequestHandler, blocks: Iterator[list[dict[str, Any]]]) -> bool:
        for number, block in enumerate(blocks):
            if self.cut_after is not None and number > self.cut_after:
                self.cut_after = 0 if self.cut_forever else None
                return False
            if number:
                self.before_chunk(number)
            data = gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in block))
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            handler.wfile.flush()
        return True

    def _lines(self, feeds: list[str], cursor: int) -> Iterator[list[dict[str, Any]]]:
        """Blocks: the header, one a chunk, the end."""
        counts = {label: len(self.rows[label]) for label in feeds}
        head = {"environment": self.environment, "incarnation": self.incarnation, "clock": NOW}
        yield [{"export": 1, **head, "feeds": feeds, "counts": counts}]
        rows = [(label, item) for label in feeds for item in self.rows[label]]
        items = rows + self.tombstones
        while cursor < len(items):
            label = items[cursor][0]
            part = rows if cursor < len(rows) else items
            chunk = [item for feed, item in part[cursor : cursor + self.chunk] if feed == label]
            cursor += len(chunk)
            line = {"feed": label, "origin": self.environment, "changes": chunk}
            yield [line, {"cursor": str(cursor), ("seen" if part is rows else "tombstones"): cursor}]
        yield [{"end": 1, "counts": {**counts, **self.claimed}, "tombstones": len(self.tombstones)}]
