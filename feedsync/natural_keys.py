"""Natural keys on the wire and in the ledger: canonical typed JSON, compared bytewise (R22).

A key is a list of JSON values, one for each part, `None` included. Its text is its identity; the hash is the text's
short name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from feedsync.wire import json

Key = Sequence[Any]

REMEMBERED = 16_384


def text(key: Key) -> str:
    """The canonical spelling: `["GB","en","title"]`."""
    if float not in map(type, key):  # 0.0 and -0.0 are equal, and not the same
        try:
            return _text(*key)
        except TypeError:  # a part that can't be hashed
            pass
    return json.dumps(list(key)).decode()


# References repeat: thousands of rows name the same few objects. Typed, because 1 and True are different keys.
@lru_cache(maxsize=REMEMBERED, typed=True)
def _text(*key: Any) -> str:
    return json.dumps(key).decode()


@lru_cache(maxsize=REMEMBERED)
def digest(key_text: str) -> str:
    """32 hexadecimal digits that stand for the key in indexes."""
    return blake2b(key_text.encode(), digest_size=16).hexdigest()


def readable(key_text: str) -> str:
    """`["GB","en","title"]` as `GB · en · title`, for people."""
    try:
        return " · ".join("-" if part is None else str(part) for part in parse(key_text))
    except ValueError:
        return key_text


def parse(key_text: str) -> list[Any]:
    key = json.loads(key_text)
    if not isinstance(key, list):
        raise ValueError(f"no natural key: {key_text[:80]}")
    return key
