"""Dead changes of the replica: stored with the reason, shown, replayable (invariant 7)."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from feedsync.ledger import Address
from feedsync.models import DeadChange
from feedsync.wire import json
from feedsync.wire.page import Change, decode_change, encode_change

REPLICA = DeadChange.Side.REPLICA


def bury(using: str, change: Change, reason: str) -> None:
    """Store a change that will not apply; the newest of an object and origin stays."""
    DeadChange.objects.using(using).update_or_create(
        side=REPLICA,
        feed=change.feed,
        key_hash=change.key_hash,
        origin=change.origin,
        defaults={
            "key": change.key,
            "version": change.version,
            "payload": json.dumps(encode_change(change)).decode(),
            "reason": reason,
            "created_at": timezone.now(),
        },
    )


def release(using: str, versions: dict[Address, int]) -> None:
    """Forget dead changes of objects that got an equal or newer version since."""
    rows = DeadChange.objects.using(using).filter(side=REPLICA, key_hash__in=[key_hash for _, key_hash in versions])
    found = rows.values_list("pk", "feed", "key_hash", "version")
    done = [pk for pk, feed, key_hash, version in found if version <= versions.get((feed, key_hash), -1)]
    DeadChange.objects.using(using).filter(pk__in=done).delete()


def change_of(dead: DeadChange) -> Change:
    """The stored change, to be applied again."""
    return decode_change(json.loads(dead.payload), feed=dead.feed, origin=dead.origin)


def addresses(changes: Collection[Change]) -> dict[Address, int]:
    return {(change.feed, change.key_hash): change.version for change in changes}
