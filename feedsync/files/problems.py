"""Files that can't be sent: the table's problems in, those that a row still names out.

One query, and one for each file field that has a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from feedsync import registry, snapshot
from feedsync.anyof import any_of
from feedsync.models import KnownFile

LIMIT = 1_000


def current(using: str) -> Iterator[KnownFile]:
    rows = KnownFile.objects.using(using).exclude(problem="").order_by("place", "name")[:LIMIT]
    for place, group in groupby(rows, key=lambda item: item.place):
        label, _, field = place.rpartition(".")
        feed = registry.find(label)
        own = {item.name: item for item in group}
        if feed is not None and field in feed.file_fields:
            wanted = any_of(using, field, own)
            for name in snapshot.rows(feed, using).filter(wanted).values_list(field, flat=True).distinct():
                yield own[name]
