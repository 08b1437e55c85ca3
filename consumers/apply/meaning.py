"""What a key means that somebody else wrote: until a rename made here is published, nobody else knows of it.

In: keys of one feed. Out: rows that the ledger knows as these objects and that have other keys by now, by marks that
were not relayed yet. Whichever row has such a key now is another object, of which nobody else can have heard.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from feedsync import ledger, natural_keys, rowsets, snapshot
from feedsync.models import Mark
from feedsync.registry import Feed
from feedsync.shape import shape_of

ANY_MARK = f"SELECT 1 FROM {Mark._meta.db_table} WHERE feed = %s LIMIT 1"


def renamed_here(feed: Feed, using: str, keys: Collection[str]) -> dict[str, Any]:
    """{key: primary key}, mostly empty."""
    if not keys or not rowsets.fetch(using, ANY_MARK, [feed.label]):
        return {}
    marks = Mark.objects.using(using).filter(feed=feed.label)
    entries = ledger.read(using, feed.label, map(natural_keys.digest, keys)).values()
    alive = {entry.object_pk: entry.key for entry in entries if entry.version and entry.object_pk is not None}
    marked = set(marks.filter(object_pk__in=list(alive)).values_list("object_pk", "key"))
    deleted = {pk for pk, key in marked if key is not None}
    edited = {pk for pk, key in marked if key is None} - deleted
    if not edited:
        return {}
    states = snapshot.by_pks(feed, using, [shape_of(feed).pk_value(pk) for pk in edited])
    return {alive[state.pk_text]: state.pk for state in states if state.key != alive[state.pk_text]}
