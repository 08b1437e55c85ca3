"""The last question before something is removed: are these keys absent at the source? Keys in, those absent out (P5).

An answer that is not certainly one, from this environment in this life, to this question, raises: then nothing is
removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from consumers.http.session import Source
from feedsync.errors import SourceAnswer

MAX_KEYS = 2_000
MAX_BYTES = 1024 * 1024  # Django refuses bodies above 2.5 MiB unless told otherwise

Ask = Callable[[str, Sequence[str]], set[str]]  # (feed, keys) -> those that are absent


def asker(source: Source, environment: str, incarnation: str) -> Ask:
    def ask(label: str, keys: Sequence[str]) -> set[str]:
        return {key for batch in _batches(keys) for key in _ask(label, batch)}

    def _ask(label: str, keys: Sequence[str]) -> Iterator[str]:
        question = {"feed": label, "incarnation": incarnation, "keys": list(keys)}
        answer = source.post_json("feedsync/absent/", question)
        if not _answers(answer, keys, environment, incarnation):
            raise SourceAnswer("The source did not say clearly what it doesn't have: nothing is removed.")
        return (keys[place] for place in answer["absent"])

    return ask


def _answers(answer: Any, keys: Sequence[str], environment: str, incarnation: str) -> bool:
    if not isinstance(answer, dict) or answer.get("asked") != len(keys):
        return False
    whose = (answer.get("environment"), answer.get("incarnation"))
    places = answer.get("absent")
    return whose == (environment, incarnation) and isinstance(places, list) and all(_place(p, keys) for p in places)


def _place(place: Any, keys: Sequence[str]) -> bool:
    return isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(keys)


def _batches(keys: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for key in keys:
        length = len(key.encode()) + 16
        if batch and (len(batch) == MAX_KEYS or size + length > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(key)
        size += length
    if batch:
        yield batch
