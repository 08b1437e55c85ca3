"""Parsers of the setting's plain values: a key and a value in, what the code wants out; else ConfigurationError.

Every message is a sentence that says what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from feedsync.errors import ConfigurationError

# Part of subscription names and message attributes, hence ASCII.
ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]{1,100}")
TOPIC = re.compile(r"(projects/[^/]+/topics/)?(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}")

Parser = Callable[[str, Any], Any]


def text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"FEEDSYNC[{key!r}] must be a string, not {type(value).__name__}.")
    return value


def topic(key: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and TOPIC.fullmatch(value)):
        return value
    raise ConfigurationError(
        f"FEEDSYNC[{key!r}] must be None or a Pub/Sub topic: a letter, then letters, digits and -._~+%, "
        "3 to 255 characters, not beginning with 'goog'."
    )


def url(key: str, value: Any) -> str:
    if text(key, value) and not value.startswith(("http://", "https://")):
        raise ConfigurationError(f"FEEDSYNC[{key!r}] must begin with https:// (or http://).")
    return str(value).rstrip("/")


def flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"FEEDSYNC[{key!r}] must be True or False.")
    return value


def number(unit: str, *, lowest: int = 1, highest: int = 2**63, or_none: bool = False) -> Parser:
    """`or_none`: 0 is taken, too."""

    def parse(key: str, value: Any) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and (lowest <= value <= highest or (or_none and value == 0)):
            return int(value)
        limit = "" if highest == 2**63 else f", at most {highest}"
        raise ConfigurationError(f"FEEDSYNC[{key!r}] must be a whole number of {unit}, at least {lowest}{limit}.")

    return parse


def environments(key: str, value: Any) -> bool | tuple[str, ...]:
    """All, none, or those of these names."""
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple) and all(isinstance(name, str) and ENVIRONMENT.fullmatch(name) for name in value):
        return tuple(value)
    raise ConfigurationError(f"FEEDSYNC[{key!r}] must be True, False or a list of names of environments.")


def environment(key: str, value: Any) -> str:
    if not isinstance(value, str) or not ENVIRONMENT.fullmatch(value):
        raise ConfigurationError(
            f"FEEDSYNC[{key!r}] must name this environment: up to 100 letters, digits, '-' and '_', e.g. \"studio\"."
        )
    return value


def choice(kind: type[StrEnum]) -> Parser:
    def parse(key: str, value: Any) -> StrEnum:
        if value not in list(kind):
            raise ConfigurationError(f"FEEDSYNC[{key!r}] must be one of {', '.join(kind)}, not {value!r}.")
        return kind(value)

    return parse


def dict_of_dicts(key: str, value: Any) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping) or not all(isinstance(options, Mapping) for options in value.values()):
        raise ConfigurationError(f"FEEDSYNC[{key!r}] must be a dict of dicts: name -> options.")
    return value


def share(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ConfigurationError(f"FEEDSYNC[{key!r}] must be a number from 0 to 1.")
    return float(value)
