"""Differences as JSON: what apply compared anyway in, a line for each object out. No row is read for it.

A line is {"feed", "key", "change": "created" | "updated" | "deleted", "fields": {name: [old, new]}}; of a mirror also
"to remove", with the old values, and "kept", with a "reason"; "drifted": left, though the source has the new values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from consumers.apply.outcome import Outcome
from consumers.apply.plan import Plan
from feedsync import natural_keys
from feedsync.snapshot import State
from feedsync.wire import json

VALUE_CHARACTERS = 2_000

Line = dict[str, Any]


def of_outcome(outcome: Outcome) -> Iterator[Line]:
    for plan in outcome.written:
        yield _line(plan.change.feed, plan.change.key, "created" if plan.creates else "updated", fields=_fields(plan))
    for plan in outcome.left:
        yield _line(plan.change.feed, plan.change.key, "drifted", fields=_fields(plan))
    for change in outcome.gone:
        yield _line(change.feed, change.key, "deleted")


def to_remove(feed: str, states: Iterable[State]) -> Iterator[Line]:
    for state in states:
        fields = {name: [_cut(value), None] for name, value in state.fields.items()}
        yield _line(feed, state.key, "to remove", fields=fields)


def removed(feed: str, keys: Iterable[str]) -> Iterator[Line]:
    return (_line(feed, key, "deleted") for key in keys)


def kept(feed: str, reasons: Mapping[str, str]) -> Iterator[Line]:
    return (_line(feed, key, "kept", reason=reason) for key, reason in reasons.items())


def _line(feed: str, key: str, change: str, **more: Any) -> Line:
    return {"feed": feed, "key": natural_keys.parse(key), "change": change, **more}


def _fields(plan: Plan) -> dict[str, list[Any]]:
    old = plan.state.fields if plan.state else {}
    return {name: [_cut(old.get(name)), _cut(plan.values[name])] for name in sorted(plan.differs)}


def _cut(value: Any) -> Any:
    """A long value is {"begins": …, "characters": …}."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value).decode()
    return value if len(text) <= VALUE_CHARACTERS else {"begins": text[:VALUE_CHARACTERS], "characters": len(text)}
