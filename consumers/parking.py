"""Parked changes: stored with what they wait for, one an object and origin, newest wins (R17).

Who applies an awaited object holds its ledger row; who parks locks the same row first, so that no wake-up is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import F, Q
from django.utils import timezone

from consumers.models import ParkedChange
from feedsync import natural_keys, rowsets
from feedsync.ledger import Address
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict
from feedsync.wire import json
from feedsync.wire.page import Change, decode_change, encode_change

FIELDS = (
    "feed", "key_hash", "key", "version", "origin", "payload", "reason", "detail",
    "waits_feed", "waits_key_hash", "waits_key",
)  # fmt: skip
COLUMNS = Columns(FIELDS, ("text", "text", "text", "bigint", *["text"] * 7))
TABLE = ParkedChange._meta.db_table
NEWEST_WINS = Conflict(
    on=("feed", "key_hash", "origin"),
    update={
        "detail": "CASE WHEN new.reason = 'file' AND old.version = new.version AND old.reason = 'file' "
        "THEN old.detail ELSE new.detail END",
        "retry_at": "CASE WHEN old.version = new.version THEN old.retry_at END",
        **{name: f"new.{name}" for name in ("payload", "reason", "waits_feed", "waits_key_hash", "waits_key")},
        "version": "new.version",
    },
    when="old.version <= new.version",
)
Reason = ParkedChange.Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A change, why it waits, and for which object (feed and key) if for one."""

    change: Change
    reason: str
    detail: str = ""
    feed: str = ""
    key: str = ""


def park(using: str, items: Iterable[Waiting]) -> None:
    rows = sorted(map(_row, items))
    rowsets.write(using, COLUMNS, rows, into=TABLE, conflict=NEWEST_WINS)


def _row(item: Waiting) -> tuple[str | int, ...]:
    change = item.change
    payload = json.dumps(encode_change(change)).decode()
    awaited = natural_keys.digest(item.key) if item.key else ""
    own = (change.feed, change.key_hash, change.key, change.version, change.origin)
    return (*own, payload, item.reason, item.detail, item.feed, awaited, item.key)


def any_parked(using: str) -> bool:
    return ParkedChange.objects.using(using).exists()


def waiting_for(using: str, addresses: Collection[Address]) -> list[Change]:
    """Parked changes that wait for one of these objects."""
    return _changes(using, _at(addresses, "waits_feed", "waits_key_hash"))


def parked_at(using: str, addresses: Collection[Address]) -> list[Change]:
    """Parked changes of these objects."""
    return _changes(using, _at(addresses, "feed", "key_hash"))


def applicable(using: str, *, feeds: Collection[str] = (), limit: int = 500) -> list[Change]:
    """Unique conflicts that no other object is known to end, of these feeds or of all."""
    condition = Q(reason=Reason.CONFLICT, waits_feed="")
    return _changes(using, condition & Q(feed__in=list(feeds)) if feeds else condition, limit)


def next_in_turn(using: str, *, limit: int = 500) -> tuple[list[Change], list[Change]]:
    """(never, already) tried by a sweep: what one tries next, those that were not tried for longest."""
    # What waits for an upgrade, or for its source's word, is a whole message, not a change.
    # What waits for a file is tried when the file is here.
    rows = ParkedChange.objects.using(using).exclude(reason__in=[Reason.WIRE, Reason.FORWARDED, Reason.FILE])
    rows = rows.order_by(F("retry_at").asc(nulls_first=True), "id")
    found = list(rows.values_list("pk", "retry_at")[:limit])
    pks = [pk for pk, _ in found]
    first = [pk for pk, retried in found if retried is None]
    ParkedChange.objects.using(using).filter(pk__in=pks).update(retry_at=timezone.now())
    return _changes(using, Q(pk__in=first)), _changes(using, Q(pk__in=set(pks) - set(first)))


def release(using: str, changes: Iterable[Change]) -> None:
    """Forget parked changes of these objects that are not newer."""
    by_address = {(change.feed, change.key_hash): change.version for change in changes}
    if not by_address:
        return
    found = ParkedChange.objects.using(using).filter(_at(by_address, "feed", "key_hash"))
    rows = found.values_list("pk", "feed", "key_hash", "version")
    done = [pk for pk, feed, key_hash, version in rows if version <= by_address[feed, key_hash]]
    ParkedChange.objects.using(using).filter(pk__in=done).delete()


def _at(addresses: Collection[Address], feed_name: str, hash_name: str) -> Q:
    hashes: dict[str, list[str]] = {}
    for feed, key_hash in addresses:
        hashes.setdefault(feed, []).append(key_hash)
    condition = Q(pk__in=[])
    for feed, own in hashes.items():
        condition |= Q(**{feed_name: feed, f"{hash_name}__in": own})
    return condition


def _changes(using: str, condition: Q, limit: int | None = None) -> list[Change]:
    rows = ParkedChange.objects.using(using).filter(condition).order_by("parked_at", "id")[:limit]
    return [
        decode_change(json.loads(payload), feed=feed, origin=origin)
        for feed, origin, payload in rows.values_list("feed", "origin", "payload")
    ]
