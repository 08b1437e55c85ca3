"""References: natural keys in, local foreign key values out.

Remembers what it found for one transaction. A key that was re-keyed is followed through its forwarding tombstone
(P3); a key that is buried is remembered with the rank of its tombstone (R19).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from consumers.apply import locate
from consumers.apply.meaning import renamed_here
from feedsync import ledger, natural_keys, primary_keys, snapshot
from feedsync.anyof import any_of
from feedsync.ledger import Entry
from feedsync.registry import Feed


class Resolver:
    """One transaction's view of what is here."""

    def __init__(self, using: str) -> None:
        self.using = using
        self._pks: dict[str, dict[str, Any]] = defaultdict(dict)  # {feed: {key: pk}}
        self._attributes: dict[tuple[str, str], dict[Any, Any]] = defaultdict(dict)  # {(feed, attname): {pk: value}}
        self._moved: dict[str, dict[str, Any]] = defaultdict(dict)  # {feed: {key that a row leaves: pk}}
        self._coming: dict[str, set[str]] = defaultdict(set)  # {feed: keys that come in this transaction}
        self._settled: dict[str, dict[str, Any]] = defaultdict(dict)  # {feed: {key that came: pk}}
        self.told: set[tuple[str, str]] = set()  # (feed, key) that a change of this transaction speaks of, or leaves
        self.buried: dict[tuple[str, str], Entry] = {}  # {(feed, key): tombstone}
        self.forwarded: dict[tuple[str, str], Entry] = {}  # {(feed, key that was followed): tombstone}
        self.reborn: dict[tuple[str, str], int] = {}  # {(feed, key of a living object): version of its last deletion}

    def pks(self, feed: Feed, keys: Collection[str]) -> dict[str, Any]:
        """{key: primary key} of objects that are here, under this key or its successor."""
        known, settled, coming = self._pks[feed.label], self._settled[feed.label], self._coming[feed.label]
        unknown = {key for key in keys if key not in known and key not in settled and key not in coming}
        if unknown:
            moved = self._moved[feed.label]
            known.update({key: moved[key] for key in unknown & moved.keys()})
            known.update(renamed_here(feed, self.using, unknown - known.keys()))
            known.update(locate.rows_of(feed, self.using, unknown - known.keys(), self.values))
            known.update(self._forwarded(feed, unknown - set(known)))
        return {key: settled[key] if key in settled else known[key] for key in keys if key in settled or key in known}

    def values(self, feed: Feed, keys: Collection[str], *, attname: str) -> dict[str, Any]:
        """{key: value of the target's column}, which is the primary key unless the foreign key has a `to_field`."""
        pks = self.pks(feed, keys)
        pk = feed.model._meta.pk
        if pk is not None and attname == pk.attname:
            return pks
        known = self._attributes[feed.label, attname]
        missing = set(pks.values()) - set(known)
        if missing:
            query = snapshot.rows(feed, self.using).filter(any_of(self.using, "pk", missing))
            known.update({pk: value for pk, [value] in primary_keys.beside(query, attname)})
        return {key: known[value] for key, value in pks.items()}

    def _forwarded(self, feed: Feed, missing: Collection[str]) -> dict[str, Any]:
        by_hash = {natural_keys.digest(key): key for key in missing}
        entries = ledger.read(self.using, feed.label, by_hash) if by_hash else {}
        buried = {by_hash[key_hash]: entry for key_hash, entry in entries.items() if entry.tombstone}
        self.buried.update({(feed.label, key): entry for key, entry in buried.items()})
        moved = {key: entry.successor for key, entry in buried.items() if entry.successor}
        successors = ledger.read(self.using, feed.label, moved.values()) if moved else {}
        targets = {key: successors[new].key for key, new in moved.items() if new in successors}
        found = locate.rows_of(feed, self.using, set(targets.values()), self.values)
        followed = {key: found[target] for key, target in targets.items() if target in found}
        self.forwarded.update({(feed.label, key): buried[key] for key in followed})
        return followed

    def learn_burials(self, feed: Feed, keys: Collection[str]) -> None:
        """Deletions of keys that objects have again."""
        entries = ledger.burials(self.using, feed.label, map(natural_keys.digest, keys))
        self.reborn.update({(feed.label, entry.key): entry.buried for entry in entries})

    def expect(self, names: Iterable[tuple[str, str]]) -> None:
        """These objects (feed, key) come in this transaction: whichever row has such a key now may be another one."""
        for label, key in names:
            self._coming[label].add(key)

    def learn(self, feed: Feed, key: str, pk: Any) -> None:
        self._settled[feed.label][key] = pk

    def settled(self, feed: Feed) -> Mapping[str, Any]:
        """{key: primary key} of the rows that came."""
        return self._settled[feed.label]

    def leave(self, feed: Feed, keys: Mapping[str, Any]) -> None:
        """These rows leave their keys in this transaction; who still refers to them so is not lost."""
        self._moved[feed.label].update(keys)

    def forget(self) -> None:
        """Keys moved, and with them keys that run through them."""
        self._pks.clear()
        self._attributes.clear()
