"""Which keys an object had before: the ledger's forwarding tombstones, followed backwards (P3).

In: key hashes of living objects. Out: {key hash: {earlier key: when it was left}}, youngest first. One statement a
generation of renames.
"""

from __future__ import annotations

from collections.abc import Iterable

from feedsync import ledger
from feedsync.models import LedgerEntry
from feedsync.wire.page import Rank


def keys(using: str, feed: str, key_hashes: Iterable[str]) -> dict[str, dict[str, Rank]]:
    found: dict[str, dict[str, Rank]] = {}
    if not LedgerEntry.objects.using(using).filter(feed=feed).extra(where=["successor > ''"]).exists():
        return found
    owner = {key_hash: key_hash for key_hash in key_hashes}  # {hash on the way: hash of the living object}
    frontier = list(owner)
    while frontier:
        entries = sorted(ledger.forwards(using, feed, frontier), key=lambda entry: entry.rank, reverse=True)
        frontier = []
        for entry in entries:
            if entry.key_hash not in owner:  # else a circle: the object came back to a key that it had
                owner[entry.key_hash] = owner[entry.successor]
                found.setdefault(owner[entry.successor], {})[entry.key] = (entry.version + 1, entry.origin)
                frontier.append(entry.key_hash)
    return found
