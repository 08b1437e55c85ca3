"""Where an export stands: opaque text on the wire, a `Cursor` inside.

Promised: what `decode` accepts, `encode` wrote or could have written; anything else, such as the cursor of
another release of feedsync, raises StaleCursor.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from feedsync.export.errors import StaleCursor
from feedsync.wire import json

FOREIGN = "The cursor is none that this environment gives: start again without one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """After which row of which feed the next chunk begins; then after which ledger row of which database.

    `unchecked`: {feed: since when it was written past the capture}, as it was when the export began (R7). `seen`:
    {feed: objects sent}. `tombstones`: how many were sent.
    """

    incarnation: str
    unchecked: Mapping[str, str] = field(default_factory=dict)
    place: str = ""  # a feed's label while `rows`, a database alias after that
    rows: bool = True
    after: str | None = None  # primary key as text, or ledger id
    seen: Mapping[str, int] = field(default_factory=dict)
    tombstones: int = 0
    failed: int = 0  # rows that could not be sent


def encode(cursor: Cursor) -> str:
    values = [
        cursor.incarnation,
        dict(cursor.unchecked),
        cursor.place,
        cursor.rows,
        cursor.after,
        dict(cursor.seen),
        cursor.tombstones,
        cursor.failed,
    ]
    return base64.urlsafe_b64encode(json.dumps(values)).decode().rstrip("=")


def decode(text: str) -> Cursor:
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        incarnation, unchecked, place, rows, after, seen, tombstones, failed = values
    except (ValueError, TypeError, binascii.Error) as error:
        raise StaleCursor(FOREIGN) from error
    cursor = Cursor(
        incarnation=incarnation,
        unchecked=unchecked,
        place=place,
        rows=rows,
        after=after,
        seen=seen,
        tombstones=tombstones,
        failed=failed,
    )
    if not _sound(cursor):
        raise StaleCursor(FOREIGN)
    return cursor


def _sound(cursor: Cursor) -> bool:
    texts = isinstance(cursor.incarnation, str) and isinstance(cursor.place, str)
    numbers = all(_count(value) for value in (cursor.tombstones, cursor.failed))
    after = cursor.after is None or isinstance(cursor.after, str)
    unchecked = isinstance(cursor.unchecked, dict) and all(isinstance(at, str) for at in cursor.unchecked.values())
    return texts and numbers and after and unchecked and isinstance(cursor.rows, bool) and _counts(cursor.seen)


def _counts(seen: Any) -> bool:
    return isinstance(seen, dict) and all(map(_count, seen.values()))


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
