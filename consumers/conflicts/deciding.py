"""What a person makes of a conflict: keep what won, or take the other, which then is a new edit of this environment.

In: a row and who decides. Out: `Decision`. Twice has one effect; what can't be written now leaves the conflict open,
and says why.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial

from django.db import transaction
from django.utils import timezone

from consumers.apply import apply
from consumers.apply.plan import lock_rows
from consumers.conflicts import keeping, noticing
from consumers.models import Conflict
from feedsync import clock, ledger, outbox, registry, snapshot
from feedsync.ledger import Address, Entry
from feedsync.models import Mark
from feedsync.wire.page import Change

Status = Conflict.Status


class Decision(StrEnum):
    DONE = "done"
    DECIDED = "decided"  # by somebody else, before
    WAITS = "waits"  # for an object, or for a value that another object has
    CHANGED = "changed"  # another edit came since
    UNREGISTERED = "unregistered"  # the feed, meanwhile


def keep(row: Conflict, by: str) -> Decision:
    return Decision.DONE if _decide(row, Status.KEPT, by) else Decision.DECIDED


def take(row: Conflict, by: str, *, now: clock.Milliseconds = clock.wall_clock) -> Decision:
    """The loser's values become the newest edit, published like any other."""
    using = row._state.db or "default"
    loser, winner = keeping.loser_of(row), keeping.winner_of(row)
    if registry.find(row.feed) is None:
        return Decision.UNREGISTERED
    with transaction.atomic(using=using):
        if not _decide(row, Status.TAKEN, by):
            return Decision.DECIDED
        entry = _entry(using, winner)
        if entry is None or not _as_seen(using, winner):
            transaction.set_rollback(True, using=using)
            return Decision.CHANGED
        change = _edit(using, loser, winner, entry, now)
        outcome = apply([change], using=using, then=partial(_publish, using, change, entry), now=now)
        if outcome.parked or outcome.dead:
            transaction.set_rollback(True, using=using)
            return Decision.WAITS
    return Decision.DONE


def _decide(row: Conflict, status: Status, by: str) -> bool:
    open_one = Conflict.objects.using(row._state.db).filter(pk=row.pk, status=Status.OPEN)
    return bool(open_one.update(status=status, decided_by=by, decided_at=timezone.now()))


def _entry(using: str, change: Change) -> Entry | None:
    address: Address = (change.feed, change.key_hash)
    return ledger.lock(using, [address]).get(address)


def _as_seen(using: str, winner: Change) -> bool:
    """Whether the object still is what the person was shown, whatever version it has got since. Locked until the end,
    so that an edit made meanwhile comes after."""
    feed = registry.get(winner.feed)
    pks = [state.pk for state in snapshot.by_keys(feed, using, [winner.key])]
    lock_rows(feed, using, pks)
    states = snapshot.by_pks(feed, using, pks)
    if winner.deleted or not states:
        return winner.deleted and not states
    return not noticing.differ(replace(winner, fields=states[0].fields), winner)


def _edit(using: str, loser: Change, winner: Change, entry: Entry, now: clock.Milliseconds) -> Change:
    """A change of our own above everything that is known of the object."""
    identity = clock.read(using)
    version = clock.reserve(using, above=max(entry.version, loser.version), now=now)
    former = (winner.key,) if winner.key != loser.key and not winner.deleted else ()
    return Change(
        feed=loser.feed,
        key=loser.key,
        version=version,
        origin=identity.environment,
        fields=loser.fields,
        former=former,
        left_at=(None,) * len(former),
    )


def _publish(using: str, change: Change, before: Entry) -> None:
    """As attempted, so that the relay publishes it although the ledger knows it already (R9)."""
    if change.deleted:
        pk = before.object_pk or ""
        Mark.objects.using(using).create(
            feed=change.feed, object_pk=pk, lane=outbox.lane_of(pk), key=change.key, attempts=1
        )
        outbox.wake_after_commit(using)
        return
    found = ledger.read(using, change.feed, [change.key_hash])
    outbox.mark_anew(using, change.feed, [entry.object_pk for entry in found.values() if entry.object_pk])
