"""Versions and values as people read them, for the admin: canonical JSON in, safe HTML or plain text out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from feedsync import clock
from feedsync.wire import json

MAX_VALUE = 500


def moment(version: int) -> str:
    """When a version was given, to the second."""
    if not version:
        return "-"
    return f"{dt.datetime.fromtimestamp(clock.milliseconds(version) / 1000, tz=dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


def payload(text: str) -> SafeString:
    """A stored change as a table of its fields, or the sentence that it is a deletion."""
    try:
        item = json.loads(text)
    except ValueError:
        return format_html("<code>{}</code>", text[:MAX_VALUE])
    if not isinstance(item, dict) or item.get("d"):
        return format_html("<em>{}</em>", "the object was deleted")
    return table(item.get("f") or {})


def table(fields: Mapping[str, Any]) -> SafeString:
    rows = ((name, value(each)) for name, each in sorted(fields.items()))
    body = format_html_join("", '<tr><th scope="row">{}</th><td class="feedsync-value">{}</td></tr>', rows)
    return format_html("<table>{}</table>", body)


def _part(value: Any) -> str:
    return "-" if value is None else str(value)


def value(given: Any) -> str:
    """One value, cut where it is long."""
    if given is None:
        return "-"
    if isinstance(given, list) and not any(isinstance(item, list | dict) for item in given):
        return " · ".join(map(_part, given))
    text = given if isinstance(given, str) else json.dumps(given).decode()
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
