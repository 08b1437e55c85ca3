"""Changes as another environment would send them, in few words."""

from __future__ import annotations

from typing import Any

from feedsync import natural_keys
from feedsync.wire.page import Change

Key = list[Any]


def upsert(
    feed: str, key: Key, version: int, /, *, origin: str = "elsewhere", former: tuple[Key, ...] = (), **fields: Any
) -> Change:
    return Change(
        feed=f"library.{feed}",
        key=natural_keys.text(key),
        version=version,
        origin=origin,
        fields=fields,
        former=tuple(map(natural_keys.text, former)),
    )


def deletion(feed: str, key: Key, version: int, /, *, origin: str = "elsewhere") -> Change:
    return Change(feed=f"library.{feed}", key=natural_keys.text(key), version=version, origin=origin, fields=None)


def country(code: str, version: int, *, name: str = "", **options: Any) -> Change:
    return upsert("country", [code], version, code=code, name=name or code, **options)


def language(country_code: str, code: str, version: int, **options: Any) -> Change:
    return upsert("language", [country_code, code], version, country=[country_code], code=code, **options)


def tag(slug: str, version: int, **options: Any) -> Change:
    return upsert("tag", [slug], version, slug=slug, label="", **options)


def copy(key: str, version: int, *, tags: tuple[str, ...] = (), value: str = "v", **options: Any) -> Change:
    """A text of Great Britain's English."""
    fields: dict[str, Any] = {"language": ["GB", "en"], "key": key, "value": value, "default": False}
    fields |= {"updated": "2026-01-02T03:04:05.000006+00:00", "tags": [[slug] for slug in sorted(tags)]}
    return upsert("copy", ["GB", "en", key], version, **fields, **options)


def category(slug: str, version: int, parent: str | None = None, **options: Any) -> Change:
    return upsert("category", [slug], version, slug=slug, parent=[parent] if parent else None, **options)
