"""Which of these keys does no object carry here? A replica's question in, the places of the absent keys out (P5).

A mirror asks before it removes what the stream didn't bring. The rows answer, never the ledger: an object whose row
can't be sent, or that nothing was relayed of yet, is here all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError

from feedsync import contract, natural_keys, registry, snapshot
from feedsync.conf import Reader
from feedsync.export.errors import NotVisible, RequestError, StaleCursor, UnknownFeed
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.wire import json

MAX_KEYS = 5_000


def answer(body: bytes, reader: Reader) -> dict[str, Any]:
    """`body`: {"feed": label, "incarnation": …, "keys": [canonical natural key, …]}; raises RequestError."""
    question = _parsed(body)
    feed = _feed(question, reader)
    keys = _keys(question, feed)
    identity = contract.identity()
    if question.get("incarnation") != identity.incarnation:
        raise StaleCursor("The database here is another one than the keys were compared with: pull again.")
    try:
        here = snapshot.present(feed, feed.alias, keys)
    except (ValueError, TypeError, OverflowError, ValidationError, DataError) as error:
        raise RequestError(f"A key has a value that {feed.label} can't have.") from error
    return {
        "environment": identity.environment,
        "incarnation": identity.incarnation,
        "asked": len(keys),
        "absent": [place for place, key in enumerate(keys) if key not in here],
    }


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        question = json.loads(body)
    except ValueError as error:
        raise RequestError("The body must be JSON.") from error
    if not isinstance(question, dict):
        raise RequestError("The body must be a JSON object.")
    return question


def _feed(question: Mapping[str, Any], reader: Reader) -> Feed:
    label = str(question.get("feed", "")).lower()
    if not reader.may_read(label):
        raise NotVisible(f"The feed {label} is not open to {reader.name}.")
    feed = registry.find(label)
    if feed is None:
        raise UnknownFeed(f"The feed {label} is not registered here.")
    return feed


def _keys(question: Mapping[str, Any], feed: Feed) -> list[str]:
    keys = question.get("keys")
    if not isinstance(keys, list) or len(keys) > MAX_KEYS or not all(isinstance(key, str) for key in keys):
        raise RequestError(f"keys must be a list of at most {MAX_KEYS} natural keys.")
    width = len(shape_of(feed).key)
    try:
        canonical = [natural_keys.text(natural_keys.parse(key)) for key in keys]
        sound = all(len(natural_keys.parse(key)) == width for key in keys)
    except (ValueError, TypeError) as error:
        raise RequestError("A key is no natural key.") from error
    if canonical != keys or not sound:
        raise RequestError(f"A key is no natural key of {feed.label}, which has {width} parts.")
    return keys
