"""One chunk of a feed's rows: a position in, encoded changes out, with a constant number of statements.

Promised: a row that differs from its ledger entry is marked, and the mark committed, before the row is sent (R25).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from feedsync import ledger, natural_keys, outbox, primary_keys, renames, snapshot
from feedsync.contract import Identity
from feedsync.export import lines, matching, poison
from feedsync.export.lines import Former
from feedsync.export.matching import Known
from feedsync.export.poison import Poison
from feedsync.ledger import Entry
from feedsync.models import LedgerEntry, Mark
from feedsync.registry import Feed
from feedsync.shape import shape_of
from feedsync.snapshot import State
from feedsync.wire import json
from feedsync.wire.page import Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Encoded changes, after which primary key the next chunk begins, and how many rows could not be encoded."""

    items: Sequence[bytes]
    last: str | None
    failed: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """A row on its way: `differs` from what the ledger says of it."""

    known: Known
    fields: bytes
    differs: bool


def chunk(feed: Feed, after: str | None, size: int, *, identity: Identity) -> Chunk:
    """The next `size` objects in primary key order."""
    using = feed.alias
    query = following(feed, after)
    pks = primary_keys.read(query[:size])
    if not pks:
        return Chunk(items=(), last=None)
    entries = ledger.of_pks(using, feed.label, map(primary_keys.text, pks))
    poisoned = Poison(feed)
    whole = partial(snapshot.read, feed, query.filter(pk__lte=pks[-1]), between=(pks[0], pks[-1]), measure=True)
    states = poison.read(whole, pks, poisoned)
    items = encode(matching.match(feed, using, states, entries), poisoned, identity=identity)
    return Chunk(items=items, last=primary_keys.text(pks[-1]), failed=poisoned.bury(identity))


def following(feed: Feed, after: str | None) -> QuerySet[Any]:
    """All rows behind that primary key, in its order."""
    query = snapshot.rows(feed, feed.alias).order_by("pk")
    return query if after is None else query.filter(pk__gt=shape_of(feed).pk_value(after))


def of_entries(feed: Feed, entries: Iterable[Entry], *, identity: Identity) -> list[bytes]:
    """The rows that carry the keys of these living entries, which were read before."""
    by_key = {entry.key: entry for entry in entries}
    states = snapshot.by_keys(feed, feed.alias, by_key, measure=True)
    return encode([Known(state, by_key[state.key]) for state in states], Poison(feed), identity=identity)


def encode(known: Iterable[Known], poisoned: Poison, *, identity: Identity) -> list[bytes]:
    """Changes on the wire; what the ledger has to learn is committed before they are given out."""
    feed = poisoned.feed
    rows = list(_rows(known, poisoned))
    _enter(feed, rows, identity)
    differing = [row for row in rows if row.differs]
    renamed = _renamed(feed, differing)
    _mark(feed, differing)
    earlier = renames.former(feed.alias, feed.label, _hashes(rows))
    return [_item(row, renamed, earlier, identity) for row in rows]


def _rows(known: Iterable[Known], poisoned: Poison) -> Iterator[_Row]:
    for item in known:
        try:
            yield _row(item)
        except (TypeError, ValueError) as error:
            poisoned.add(item.state.pk, error)


def _row(known: Known) -> _Row:
    fields = json.dumps(known.state.fields)
    return _Row(
        known, fields, known.entry is not None and (bool(known.left) or _differs(known.state, known.entry, fields))
    )


def _differs(state: State, entry: Entry, fields: bytes) -> bool:
    """An empty hash stands for unknown: the relay compares with none, so that there is nothing to repair."""
    if entry.tombstone or entry.key != state.key:
        return True
    return bool(entry.content_hash) and entry.content_hash != blake2b(fields, digest_size=16).hexdigest()


def _enter(feed: Feed, rows: Iterable[_Row], identity: Identity) -> None:
    """Each key that is given out, so that it is buried when its row leaves it, relayed or not.

    Without hash: with it, the relay would take the object's own pending mark for unchanged. A key that is alive, of a
    row that left it, stays that row's until the relay has told so: two rows that swap their keys would be strangers.
    """
    fresh = [
        Entry.of(
            feed.label,
            row.known.state.key,
            object_pk=row.known.state.pk_text,
            version=entry.version if entry else identity.genesis,
            origin=entry.origin if entry else identity.environment,
        )
        for row in rows
        if (entry := row.known.entry) is None or entry.tombstone or entry.key != row.known.state.key
    ]
    renamed = {natural_keys.digest(row.known.state.key) for row in rows if row.known.left}
    known = ledger.read(feed.alias, feed.label, renamed) if renamed else {}
    alive = {key_hash for key_hash, entry in known.items() if not entry.tombstone}
    ledger.put(feed.alias, [entry for entry in fresh if entry.key_hash not in alive])


def _renamed(feed: Feed, rows: Iterable[_Row]) -> dict[object, Former]:
    """{pk: the ledger's keys}. A primary key with a deletion among its marks is another object now (R11)."""
    moved = {row.known.state.pk_text: row.known for row in rows if row.known.left}
    if not moved:
        return {}
    marks = Mark.objects.using(feed.alias).filter(feed=feed.label, object_pk__in=list(moved), key__isnull=False)
    reused = set(marks.values_list("object_pk", flat=True))
    return {known.state.pk: known.left for text, known in moved.items() if text not in reused}


def _mark(feed: Feed, rows: Sequence[_Row]) -> None:
    """The relay publishes these rows, whatever their hash says (R25)."""
    if not rows:
        return
    hashes = _hashes(rows)
    with transaction.atomic(using=feed.alias):
        outbox.mark(feed.alias, feed.label, [(row.known.state.pk_text, None) for row in rows])
        LedgerEntry.objects.using(feed.alias).filter(feed=feed.label, key_hash__in=hashes).update(content_hash="")


def _hashes(rows: Iterable[_Row]) -> list[str]:
    known = [row.known for row in rows if row.known.entry]
    keys = [key for item in known if item.left for key in (item.state.key, *item.left)]
    return [item.entry.key_hash for item in known if item.entry] + [natural_keys.digest(key) for key in keys]


def _item(row: _Row, renamed: dict[object, Former], earlier: dict[str, dict[str, Rank]], identity: Identity) -> bytes:
    state, entry = row.known.state, row.known.entry
    if entry is None:
        return lines.row(state.key, identity.genesis, row.fields)
    left = renamed.get(state.pk, {})
    hashes = {entry.key_hash, *map(natural_keys.digest, left)}
    known = {key: rank for key_hash in hashes for key, rank in earlier.get(key_hash, {}).items()}
    keys = {**left, **{key: rank for key, rank in known.items() if key not in left}}
    keys.pop(state.key, None)
    origin = None if entry.origin == identity.environment else entry.origin
    return lines.row(state.key, entry.version, row.fields, origin=origin, former=keys)
