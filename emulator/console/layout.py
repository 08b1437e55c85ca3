"""The frame of every page, links, ages, messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from emulator.console.decoding import decoded
from emulator.console.html import Markup, fill, join, table
from emulator.pubsub.messages import Message

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · emulator</title><link rel="stylesheet" href="/console/style.css"></head>
<body><header><a href="/">Emulator</a> <nav>{trail}</nav></header>
<main><h1>{title}</h1>{notice}{body}</main></body></html>
"""
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def page(title: str, body: Iterable[Markup], *, trail: str = "", notice: str = "") -> Markup:
    """A whole page. `notice`: what just happened or went wrong."""
    shown = fill('<p class="notice" role="status">{notice}</p>', notice=notice) if notice else Markup()
    return fill(_FRAME, title=title, trail=trail, notice=shown, body=join(body))


def section(title: str, *parts: Markup) -> Markup:
    """A part with a heading."""
    return fill("<section><h2>{title}</h2>{parts}</section>", title=title, parts=join(parts))


def link(name: str) -> Markup:
    """A resource, by the last part of its name."""
    if not name.startswith("projects/"):
        return fill("{name}", name=name)
    return fill('<a href="/console/{name}" title="{name}">{short}</a>', name=name, short=name.rpartition("/")[2])


def button(action: str, label: str, *, fields: Mapping[str, str] | None = None) -> Markup:
    """A form that is only a button."""
    hidden = [
        fill('<input type="hidden" name="{name}" value="{value}">', name=name, value=value)
        for name, value in (fields or {}).items()
    ]
    return fill(
        '<form method="post" action="/console/{action}" class="button">{hidden}<button>{label}</button></form>',
        action=action,
        hidden=hidden,
        label=label,
    )


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Settings and figures by name."""
    shown = [fill("<dt>{name}</dt><dd>{value}</dd>", name=name, value=value) for name, value in pairs]
    return fill("<dl>{shown}</dl>", shown=shown)


def age(seconds: float | None) -> str:
    """In the largest unit that fits."""
    if seconds is None:
        return "none"
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return "now"


def moment(seconds: float) -> str:
    """A time of day with its date, in UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")


def messages(found: Iterable[Message], *, empty: str) -> Markup:
    """Messages in a table."""
    rows = ((each.message_id, moment(each.publish_time), each.ordering_key, message(each)) for each in found)
    return table(("Id", "Published", "Key", "Message"), rows, empty=empty)


def message(found: Message) -> Markup:
    """What a message says, to be opened."""
    kind, text = decoded(found.data)
    attributes = [fill("{name}={value}\n", name=name, value=value) for name, value in found.attributes.items()]
    return fill(
        "<details><summary>{first}</summary><p>{kind}, {size} bytes</p><pre>{attributes}</pre><pre>{text}</pre>"
        "</details>",
        first=_first_words(text, attributes),
        kind=kind,
        size=len(found.data),
        attributes=attributes,
        text=text,
    )


def _first_words(text: str, attributes: list[Markup]) -> str | Markup:
    words = " ".join(text.split())[:80]
    return words or (attributes[0] if attributes else "empty")
