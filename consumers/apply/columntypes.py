"""The type that a parameter is cast to on PostgreSQL, where a bare list of values has none."""

from __future__ import annotations

import re
from typing import Any

LENGTH = re.compile(r"\([^)]*\)")


def cast_type(field: Any, connection: Any) -> str:
    """Without length or precision: a cast to varchar(3) would cut in silence, where the column refuses."""
    return LENGTH.sub("", field.db_type(connection) or "text").strip()
