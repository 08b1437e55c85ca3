"""A subscription: its backlog, and forms to pull, acknowledge and seek."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from emulator.console.html import Markup, fill
from emulator.console.layout import age, facts, link, message, messages, moment, page, section
from emulator.pubsub.drafts import Draft
from emulator.pubsub.messages import Message, published
from emulator.pubsub.subscriptions import Subscription
from emulator.state import State

_SHOWN = 25
_PULL = """<form method="post" action="/console/{name}:pull">
<label>Messages <input name="count" type="number" min="1" max="100" value="10"></label>
<button>Pull</button></form>"""
_SEEK = """<form method="post" action="/console/{name}:seek">
<label>Back or forward to, in UTC <input name="time" type="datetime-local" step="1" value="{now}" required></label>
<button>Seek</button></form>"""
_SETTLE = """<form method="post">{rows}
<button formaction="/console/{name}:acknowledge">Acknowledge</button>
<button formaction="/console/{name}:refuse">Give back</button></form>"""


def subscription(
    state: State, name: str, *, notice: str = "", pulled: Sequence[Mapping[str, Any]] | None = None
) -> Markup:
    """The page; NotFound if there is none. `pulled`: what the form has just pulled, as the API shows it."""
    found = state.subscriptions.get(name)
    now = state.clock()
    parts = [section("Figures and settings", facts(_facts(found, now)))]
    if pulled is not None:
        parts.append(section("Pulled", _pulled(name, pulled)))
    parts += [
        section("Pull", fill(_PULL, name=name)),
        section("Seek", fill(_SEEK, name=name, now=moment(now).replace(" ", "T"))),
        section(f"The oldest {_SHOWN} of the backlog", _backlog(found)),
    ]
    return page(name.rpartition("/")[2], parts, trail=f"Subscription {name}", notice=notice)


def _facts(found: Subscription, now: float) -> list[tuple[str, object]]:
    backlog, shown = found.backlog, found.shown
    oldest = next(iter(backlog.unacknowledged.values()), None)
    pairs: list[tuple[str, object]] = [
        ("Topic", link(found.topic)),
        ("Backlog", len(backlog.unacknowledged)),
        ("Leased", backlog.leased),
        ("Oldest", age(None if oldest is None else now - oldest.publish_time)),
        ("Ack deadline", f"{shown.ack_deadline_seconds} s"),
        ("Delivery", shown.push_config.push_endpoint or "pull"),
    ]
    if found.settings.filter:
        pairs.append(("Filter", found.settings.filter))
    if shown.enable_message_ordering:
        pairs.append(("Ordering keys", "kept in order"))
    if shown.enable_exactly_once_delivery:
        pairs.append(("Exactly once", "confirmed"))
    if found.settings.dead_letter_topic:
        pairs.append(("Dead letters to", link(found.settings.dead_letter_topic)))
    return pairs


def _backlog(found: Subscription) -> Markup:
    return messages(islice(found.backlog.unacknowledged.values(), _SHOWN), empty="Everything is acknowledged.")


def _pulled(name: str, pulled: Sequence[Mapping[str, Any]]) -> Markup:
    if not pulled:
        return fill("<p class=empty>{text}</p>", text="There was nothing to deliver.")
    rows = [
        fill(
            '<div class="pulled"><label><input type="checkbox" name="ack_id" value="{ack_id}" checked> {id}</label>'
            "{message}</div>",
            ack_id=each["ackId"],
            id=each["message"]["messageId"],
            message=message(_as_message(each["message"])),
        )
        for each in pulled
    ]
    return fill(_SETTLE, name=name, rows=rows)


def _as_message(sent: Mapping[str, Any]) -> Message:
    draft = Draft(
        data=base64.b64decode(sent.get("data", "")),
        attributes=sent.get("attributes", {}),
        ordering_key=sent.get("orderingKey", ""),
    )
    return published(draft, number=int(sent["messageId"]), publish_time=0.0)
