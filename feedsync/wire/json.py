"""JSON in its canonical spelling: UTF-8, sorted keys, no spaces. Equal values have equal bytes.

orjson does the work; what it refuses (integers beyond 64 bits) falls back to the standard library's spelling of the
same.
"""

from __future__ import annotations

import json
from typing import Any

import orjson


def dumps(value: Any) -> bytes:
    """Canonical bytes of a JSON value; raises TypeError or ValueError for what is none. Codecs let no NaN pass."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def loads(data: bytes | str) -> Any:
    """The value; raises ValueError for what is no JSON."""
    return orjson.loads(data)
