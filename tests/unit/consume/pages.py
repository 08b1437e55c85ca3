"""Pages as bytes, also such as no feedsync of today writes."""

from __future__ import annotations

from typing import Any

import zstandard

from feedsync.wire import json


def page_bytes(
    *, wire: int = 1, feed: str = "library.tag", origin: str = "studio", changes: Any = (), **more: str
) -> bytes:
    page = {"wire": wire, "feed": feed, "origin": origin, "incarnation": "i", "changes": list(changes), **more}
    return zstandard.ZstdCompressor().compress(json.dumps(page))
