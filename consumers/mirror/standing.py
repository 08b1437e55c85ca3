"""Which objects nothing speaks for here: the conditions under which a mirror may remove one (P5).

In: keys and primary keys of rows that the stream didn't bring, and the source's clock at its first line. Out: {key: why
it stays}. Asked twice: for the plan, and again under lock before each removal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from consumers.models import ParkedChange
from feedsync import ledger, natural_keys, primary_keys
from feedsync.anyof import any_of
from feedsync.ledger import Entry
from feedsync.models import Mark
from feedsync.registry import Feed

NEWER = "it changed after the pull began"
CHANGED = "it changed while the source was asked"
ELSEWHERE = "it has another row than the ledger says"
MARKED = "it has a change that is not published yet"
PARKED = "a change of it waits"

Ranks = Mapping[str, tuple[int, str]]  # {key: version and origin}
NOTHING = (0, "")


def reasons(
    feed: Feed, using: str, rows: Mapping[str, Any], entries: Mapping[str, Entry], before: int
) -> dict[str, str]:
    """`rows`: {key: primary key}. `entries`: {key: what the ledger knows}, absent where it knows nothing."""
    found = dict(_parked(feed, using, rows))
    found |= _marked(feed, using, rows)
    found |= _known(rows, entries, before)
    return found


def entries_of(feed: Feed, keys: Iterable[str]) -> dict[str, Entry]:
    known = ledger.read(feed.alias, feed.label, map(natural_keys.digest, keys))
    return {entry.key: entry for entry in known.values()}


def ranks_of(feed: Feed, keys: Iterable[str]) -> Ranks:
    """Before the source is asked: its answer is good for an object that is still as it was then."""
    known = entries_of(feed, keys)
    return {key: known[key].rank if key in known else NOTHING for key in keys}


def changed(ranks: Ranks, entries: Mapping[str, Entry]) -> dict[str, str]:
    return {key: CHANGED for key, rank in ranks.items() if entries[key].rank != rank}


def _known(rows: Mapping[str, Any], entries: Mapping[str, Entry], before: int) -> Iterator[tuple[str, str]]:
    for key, pk in rows.items():
        entry = entries.get(key)
        if entry is None or not entry.version:
            continue
        if entry.version >= before or entry.tombstone:
            yield key, NEWER
        elif entry.object_pk is not None and entry.object_pk != primary_keys.text(pk):
            yield key, ELSEWHERE


def _marked(feed: Feed, using: str, rows: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    keys = {primary_keys.text(pk): key for key, pk in rows.items()}
    marks = Mark.objects.using(using).filter(any_of(using, "object_pk", keys), feed=feed.label)
    for object_pk in marks.values_list("object_pk", flat=True):
        yield keys[object_pk], MARKED


def _parked(feed: Feed, using: str, rows: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    keys = {natural_keys.digest(key): key for key in rows}
    parked = ParkedChange.objects.using(using).filter(any_of(using, "key_hash", keys), feed=feed.label)
    for key_hash in parked.values_list("key_hash", flat=True):
        yield keys[key_hash], PARKED
