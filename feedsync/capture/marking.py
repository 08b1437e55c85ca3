"""From the rows that a statement returned to the marks of the objects that they stand for, set-wise.

In: rows of values of known fields. Out: marks, one statement whatever the number of rows and feeds. Objects that lie in
several tables are found by one query a feed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from feedsync import outbox, primary_keys
from feedsync.capture.plan import Kind, Plan, Role, Target
from feedsync.outbox import Item

LOOKUP_BATCH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """The marks of one statement."""

    using: str
    plan: Plan
    kind: Kind

    def make(self, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
        """Mark the objects of these rows."""
        items: dict[str, list[Item]] = defaultdict(list)  # {feed label: [(primary key, key)]}
        concern = self.plan.concerns[self.kind]
        for target in concern.targets if concern and rows else ():
            items[target.feed.label] += self._wanted(target, self._items(target, fields, rows))
        outbox.mark_all(self.using, items)

    def _items(self, target: Target, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Iterable[Item]:
        places = [fields.index(column) for column in target.columns]
        values = [primary_keys.of([row[place] for place in places]) for row in rows]
        if target.role is Role.OBJECT:
            return zip(map(primary_keys.text, values), self._keys(fields, rows), strict=True)
        pks = self._children(target, values) if target.lookup else values
        return ((primary_keys.text(pk), None) for pk in dict.fromkeys(pks))

    def _keys(self, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Sequence[str | None]:
        key = self.plan.key if self.kind is Kind.DELETE else None
        return key.texts(self.using, fields, rows) if key else [None] * len(rows)

    def _children(self, target: Target, values: Sequence[Any]) -> Iterable[Any]:
        """The objects whose parent row is one of these: most parents have no child of this feed."""
        query: QuerySet[Any] = QuerySet(model=target.model, using=self.using).order_by()
        wanted = list(dict.fromkeys(values))
        for start in range(0, len(wanted), LOOKUP_BATCH):
            batch = wanted[start : start + LOOKUP_BATCH]
            yield from primary_keys.read(query.filter(**{f"{target.lookup}__in": batch}))

    def _wanted(self, target: Target, items: Iterable[Item]) -> Iterable[Item]:
        if self.kind is Kind.INSERT:
            return items
        unwanted = outbox.suppressed_pks(self.using, target.feed.label)
        return [item for item in items if item[0] not in unwanted] if unwanted else items
