"""Which keys an object had before: the ledger's forwarding tombstones, followed backwards (P3).

In: key hashes of living objects. Out: {key hash: earlier keys, youngest first}. One statement a generation of renames.
"""

from __future__ import annotations

from collections.abc import Iterable

from feedsync.models import LedgerEntry


def keys(using: str, feed: str, key_hashes: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    owner = {key_hash: key_hash for key_hash in key_hashes}  # {hash on the way: hash of the living object}
    frontier = list(owner)
    while frontier:
        rows = LedgerEntry.objects.using(using).filter(feed=feed, successor__in=frontier).order_by("-version")
        frontier = []
        for key_hash, key, successor in rows.values_list("key_hash", "key", "successor"):
            if key_hash not in owner:  # a circle: the object came back to a key that it had
                owner[key_hash] = owner[successor]
                found.setdefault(owner[successor], []).append(key)
                frontier.append(key_hash)
    return found
