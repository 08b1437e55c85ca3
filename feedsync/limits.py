"""Parsers of settings that are limits: a key and its value in, a checked number out, or ConfigurationError."""

from __future__ import annotations

from typing import Any

from feedsync.errors import ConfigurationError


def count(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ConfigurationError(f"FEEDSYNC[{key!r}] must be a whole number, 0 or more.")
    return value


def share(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ConfigurationError(f"FEEDSYNC[{key!r}] must be a number from 0 to 1.")
    return float(value)
