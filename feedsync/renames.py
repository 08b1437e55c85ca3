"""What the ledger remembers of renames: forwarding tombstones, followed backwards and forwards (P3).

In: key hashes or entries of one feed. Out: earlier keys of living objects; living objects at the ends of chains. One
statement a generation of renames.
"""

from __future__ import annotations

from collections.abc import Iterable

from feedsync import ledger
from feedsync.ledger import Entry
from feedsync.models import LedgerEntry
from feedsync.wire.page import Rank

MAX_RENAMES = 16


def former(using: str, feed: str, key_hashes: Iterable[str]) -> dict[str, dict[str, Rank]]:
    """{key hash of a living object: {earlier key: when it was left}}, youngest first."""
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


def heirs(using: str, feed: str, entries: Iterable[Entry]) -> dict[str, Entry]:
    """{key hash of a forwarding tombstone: the living entry at the end of its chain}."""
    living: dict[str, Entry] = {}
    ahead = {entry.key_hash: entry.successor for entry in entries if entry.successor}
    for _ in range(MAX_RENAMES):
        found = ledger.read(using, feed, set(ahead.values())) if ahead else {}
        reached = {start: found[successor] for start, successor in ahead.items() if successor in found}
        living |= {start: entry for start, entry in reached.items() if not entry.tombstone}
        ahead = {start: entry.successor for start, entry in reached.items() if entry.successor}
    return living
