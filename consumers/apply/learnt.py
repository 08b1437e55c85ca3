"""What the ledger learns from a transaction: who is where now, with which version, and which keys were left.

In: changes that were applied, and their plans. Out: entries, one a key, the newest.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.utils import timezone

from consumers.apply import inherited
from consumers.apply.gate import grave
from consumers.apply.plan import Plan
from consumers.parking import Waiting
from feedsync import ledger, primary_keys, registry
from feedsync.ledger import Entry
from feedsync.shape import shape_of
from feedsync.snapshot import hash_content
from feedsync.wire.page import Change


def entries(applied: Iterable[Change], plans: Sequence[Plan], waiting: Iterable[Waiting], using: str) -> list[Entry]:
    now = timezone.now()
    found = [*_of_changes(applied, plans, waiting, now)]
    by_feed: dict[str, list[Plan]] = defaultdict(list)
    for plan in plans:
        by_feed[plan.change.feed].append(plan)
    for label, own in by_feed.items():
        found += inherited.left(registry.get(label), own, using, now)
    return _newest(found)


def _of_changes(
    applied: Iterable[Change], plans: Iterable[Plan], waiting: Iterable[Waiting], now: dt.datetime
) -> Iterator[Entry]:
    pks = {(plan.change.feed, plan.change.key): plan.pk for plan in plans}
    ranks = {(item.change.feed, item.change.key): item.change.rank for item in waiting}
    for change in applied:
        rank = {"version": change.version, "origin": change.origin}
        if change.deleted:
            yield Entry.of(change.feed, change.key, deleted_at=now, **rank)
            continue
        pk = primary_keys.text(pks[change.feed, change.key])
        yield Entry.of(change.feed, change.key, object_pk=pk, content_hash=_content_hash(change), **rank)
        for key, departure in change.departures.items():
            left = grave(change.feed, key, departure, change.key_hash, now)
            if ranks.get((change.feed, key), left.rank) >= left.rank:
                yield left


def _newest(found: Iterable[Entry]) -> list[Entry]:
    newest: dict[ledger.Address, Entry] = {}
    for entry in found:
        known = newest.get(entry.address)
        if known is None or known.rank < entry.rank:
            newest[entry.address] = entry
    return list(newest.values())


def _content_hash(change: Change) -> str:
    """Of the registered state, if the change brings all of it; else unknown."""
    shape = shape_of(registry.get(change.feed))
    assert change.fields is not None
    return hash_content(change.fields) if shape.names == change.fields.keys() else ""
