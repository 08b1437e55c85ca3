"""What a mirror would remove: rows that the stream didn't bring, that nothing speaks for here, and that the source
says it doesn't have (P5).

In: a feed and a pull whose stream is complete. Out: keys, a chunk at a time, the youngest rows first, since rows mostly
refer to older ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from consumers.mirror import seen, standing
from consumers.mirror.asking import Ask
from feedsync import snapshot
from feedsync.registry import Feed

CHUNK = 2_000


def find(pull_id: int, feed: Feed, *, before: int, ask: Ask) -> Iterator[list[str]]:
    """`before`: the source's clock in the stream's first line. An empty list stands for a chunk without candidates."""
    using, last = feed.alias, None
    while True:
        query = snapshot.rows(feed, using).order_by("-pk")
        query = query if last is None else query.filter(pk__lt=last)
        named = snapshot.named(feed, query[:CHUNK])
        if not named:
            return
        last = named[-1][0]
        rows = {key: pk for pk, key in named}
        unseen = seen.unseen(pull_id, feed.label, rows)
        missing = {key: pk for key, pk in rows.items() if key in unseen}
        entries = standing.entries_of(feed, missing)
        kept = standing.reasons(feed, using, missing, entries, before)
        asked = [key for key in missing if key not in kept]
        absent = ask(feed.label, asked) if asked else set()
        yield [key for key in asked if key in absent]
