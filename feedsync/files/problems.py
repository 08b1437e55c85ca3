"""Files that can't be sent: the table's problems in, those that a row still names out.

One query, and one for each file field that has a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from feedsync import registry, snapshot
from feedsync.anyof import any_of
from feedsync.models import KnownFile
from feedsync.shape import shape_of

LIMIT = 1_000


def current(using: str) -> Iterator[KnownFile]:
    columns = {column.place: (feed, column) for feed in registry.feeds() for column in shape_of(feed).files}
    rows = KnownFile.objects.using(using).exclude(problem="").order_by("place", "name")[:LIMIT]
    for place, group in groupby(rows, key=lambda item: item.place):
        own = {item.name: item for item in group}
        if place in columns:
            feed, column = columns[place]
            query = snapshot.rows(feed, using).filter(any_of(using, column.name, own))
            for name in query.values_list(column.name, flat=True).distinct():
                yield own[name]
