"""From a readable table to the methods of a service: what goes in, what comes out, and how JSON over HTTP reaches them.

    Publish PublishRequest -> PublishResponse
        POST /v1/{topic=projects/*/topics/*}:publish *
    StreamingPull stream StreamingPullRequest -> stream StreamingPullResponse

A rule is a verb, a path template and what the body holds, as in google.api.http: `*` for the whole request, the name of
a field, or nothing. A method may have several rules, or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to call a method over HTTP."""

    verb: str
    template: str
    body: str  # "*", a field, or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of a service."""

    name: str
    request: Any  # the class
    response: Any  # the class
    streams: bool  # both ways
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A service without what answers its calls."""

    name: str  # in full, google.pubsub.v1.Publisher
    methods: Mapping[str, Method]


def interface(name: str, table: str, messages: Mapping[str, Any]) -> Interface:
    """The interface of a table whose messages are among the given ones."""
    blocks: list[list[str]] = []
    for line in filter(None, table.splitlines()):
        if line.startswith(" "):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    methods = [_method(first, rules, messages) for first, *rules in blocks]
    return Interface(name=name, methods={method.name: method for method in methods})


def _method(line: str, rules: list[str], messages: Mapping[str, Any]) -> Method:
    name, *types = line.split()
    request, response = (each for each in types if each not in ("stream", "->"))
    return Method(
        name=name,
        request=messages[request],
        response=messages[response],
        streams="stream" in types,
        rules=tuple(map(_rule, rules)),
    )


def _rule(line: str) -> Rule:
    verb, template, *body = line.split()
    return Rule(verb=verb, template=template, body=body[0] if body else "")
