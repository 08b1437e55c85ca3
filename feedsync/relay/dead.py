"""Poison at the source (R13): changes that can't be published are kept for a person, and the rest goes on.

Written inside the finishing transaction, which also removes their marks; the next mark of the object tries again, and
success removes the dead change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from feedsync import natural_keys, rowsets
from feedsync.conf import settings
from feedsync.ledger import Address
from feedsync.models import DeadChange
from feedsync.relay.plan import Plan
from feedsync.relay.reservation import Name, Reservation
from feedsync.rowsets import Columns
from feedsync.upserts import Conflict

NAMES = ("side", "feed", "key_hash", "key", "object_pk", "version", "origin", "payload", "reason")
COLUMNS = Columns(NAMES, ("text", "text", "text", "text", "text", "bigint", "text", "text", "text"))
TABLE = DeadChange._meta.db_table
AGAIN = Conflict(
    on=("side", "feed", "key_hash", "origin"),
    update={name: f"new.{name}" for name in ("key", "object_pk", "version", "reason")},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """`key` is empty where it couldn't be read either; the primary key then stands for it."""

    feed: str
    object_pk: str
    key: str
    version: int
    reason: str

    @property
    def key_hash(self) -> str:
        return natural_keys.digest(self.key or f"pk {self.object_pk}")

    @property
    def name(self) -> Name:
        return (self.feed, self.object_pk)


def of(reservation: Reservation, plan: Plan, refused: Mapping[Address, str], left: Collection[Name]) -> list[Dead]:
    """What this batch couldn't read, and what it couldn't encode; not what is relayed again anyway."""
    reasons = dict(plan.poison)
    keys = {
        name: entry.key for entry in reservation.entries.values() if (name := (entry.feed, entry.object_pk or ""))[1]
    }
    for place, reason in refused.items():
        for name in plan.touches[place]:
            reasons[name] = reason
            keys[name] = plan.changes[place].key
    return [
        Dead(feed=name[0], object_pk=name[1], key=keys.get(name, ""), version=reservation.version, reason=reason)
        for name, reason in reasons.items()
        if name not in left
    ]


def put(using: str, found: Iterable[Dead]) -> None:
    origin = settings().environment
    rows = {
        (dead.feed, dead.key_hash): (
            DeadChange.Side.SOURCE.value,
            dead.feed,
            dead.key_hash,
            dead.key,
            dead.object_pk,
            dead.version,
            origin,
            "",
            dead.reason,
        )
        for dead in found
    }
    rowsets.write(using, COLUMNS, rows.values(), into=TABLE, conflict=AGAIN)


def forget(using: str, published: Collection[Name], found: Iterable[Dead]) -> None:
    """Objects that are published now are dead no more."""
    names = set(published) - {dead.name for dead in found}
    if not names:
        return
    labels, chosen = rowsets.among(using, sorted({label for label, _ in names}))
    pks, more = rowsets.among(using, sorted({pk for _, pk in names}))
    statement = f"SELECT id, feed, object_pk FROM {TABLE} WHERE side = %s AND feed {labels} AND object_pk {pks}"
    known = rowsets.fetch(using, statement, [DeadChange.Side.SOURCE.value, *chosen, *more])
    revived = [number for number, *name in known if tuple(name) in names]
    if revived:
        DeadChange.objects.using(using).filter(id__in=revived).delete()
