"""The lines of the stream: header, changes, cursor, tombstones, end; each a JSON object and a newline.

Up to 1 MiB of changes share one line, {"feed": …, "origin": …, "changes": […]}; each is what
`wire.page.encode_change` gives, with "o" where its origin is not the line's. One line for many rows is read faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feedsync.wire import json
from feedsync.wire.page import Rank

MAX_LINE_BYTES = 1024 * 1024
Former = Mapping[str, Rank]  # {earlier key: when it was left}, youngest first


def line(**values: Any) -> bytes:
    return json.dumps(values) + b"\n"


def row(key: str, version: int, fields: bytes, *, origin: str | None = None, former: Former | None = None) -> bytes:
    """One object; `fields` is canonical JSON already, since its hash needed it."""
    return b'{%b,"f":%b}' % (_head(key, version, origin, former), fields)


def deletion(key: str, version: int, *, origin: str | None = None) -> bytes:
    return b'{%b,"d":true}' % _head(key, version, origin, None)


def _head(key: str, version: int, origin: str | None, former: Former | None) -> bytes:
    head = b'"k":%b,"v":%d' % (key.encode(), version)
    if origin is not None:
        head += b',"o":%b' % json.dumps(origin)
    if former:
        head += b',"p":[%b],"l":%b' % (",".join(former).encode(), json.dumps(list(former.values())))
    return head


def changes(feed: str, origin: str, items: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of at most 1 MiB; a change above that has a line for itself."""
    opening = json.dumps({"feed": feed, "origin": origin})[:-1] + b',"changes":['
    batch: list[bytes] = []
    size = 0
    for item in items:
        if batch and size + len(item) > MAX_LINE_BYTES:
            yield opening + b",".join(batch) + b"]}\n"
            batch, size = [], 0
        batch.append(item)
        size += len(item) + 1
    if batch:
        yield opening + b",".join(batch) + b"]}\n"
