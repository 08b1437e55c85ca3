"""Changes of other environments, passed on with their own version and origin (P7).

In: forward marks. Out: pages, without reservation: no version is given, what the ledger says is repeated. The ledger is
read before the rows, so that content may be newer than its version and never older (R24). Where somebody edited the row
here, that edit is published instead, with a version of its own. What is read twice is published twice, which changes
nothing for whoever knows the version.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from feedsync import clock, ledger, outbox, registry, renames
from feedsync.conf import settings
from feedsync.forwards import TABLE
from feedsync.ledger import Address, Entry
from feedsync.models import ForwardMark
from feedsync.relay import dead, leases, marks, outgoing
from feedsync.relay.dead import Dead
from feedsync.relay.finishing import Counts
from feedsync.relay.outgoing import Outgoing
from feedsync.relay.plan import in_order
from feedsync.relay.worker import Worker
from feedsync.transport.port import Publisher
from feedsync.wire import page
from feedsync.wire.page import Change, Unpublishable

LEASE = "forward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Forward marks of a batch. `versions`: {address: (highest version marked, when that edit was made)}."""

    ids: tuple[int, ...]
    versions: dict[Address, tuple[int, int]]


def waiting(using: str) -> bool:
    """Whether there is anything to pass on; no query where this environment doesn't."""
    return bool(settings().forward) and bool(_rows(using).values_list("id")[:1])


def seize(worker: Worker) -> bool:
    """Whether nobody else is at it; for throughput only."""
    return leases.seize(worker.using, LEASE, worker.holder, worker.now())


def read(worker: Worker) -> Due:
    rows = _rows(worker.using).values_list("id", "feed", "key_hash", "version", "marked_at")
    found = list(rows[: worker.marks_at_once])
    versions: dict[Address, tuple[int, int]] = {}
    for _, feed, key_hash, version, marked_at in found:
        versions[feed, key_hash] = max(versions.get((feed, key_hash), (0, 0)), (version, marked_at))
    return Due(ids=tuple(row[0] for row in found), versions=versions)


def gather(using: str, due: Due) -> Outgoing:
    """What is to be said of these objects now."""
    found = Outgoing()
    hashes: dict[str, list[str]] = {}
    for feed, key_hash in due.versions:
        hashes.setdefault(feed, []).append(key_hash)
    for label, own in hashes.items():
        entries = [entry for entry in ledger.read(using, label, own).values() if _to_be_told(entry, due)]
        heirs = renames.heirs(using, label, entries)
        # Whoever hears of the heir hears which keys it left.
        told = {entry.key_hash: entry for entry in [*entries, *heirs.values()] if entry.key_hash not in heirs}
        found.add(outgoing.of_feed(using, registry.get(label), told.values(), due.versions))
    return found


def publish(worker: Worker, publisher: Publisher, found: Outgoing) -> int:
    """Answers how many went; what can't be encoded is dead."""
    refused: list[Dead] = []

    def refuse(change: Change, error: Unpublishable) -> None:
        pk = found.pks.get((change.feed, change.key_hash), "")
        refused.append(Dead(feed=change.feed, object_pk=pk, key=change.key, version=change.version, reason=str(error)))

    incarnation = clock.own(worker.using).incarnation
    changes, sender = in_order(found.changes), settings().environment
    pages = list(page.encode_pages(changes, incarnation=incarnation, sender=sender, refuse=refuse))
    if pages:
        publisher.publish(pages)
    found.dead += refused
    return len(changes) - len(refused)


def finish(worker: Worker, due: Due, found: Outgoing, *, sent: int) -> Counts:
    """Whatever was applied meanwhile has left a mark of its own, which isn't among those that were read."""
    using = worker.using
    with transaction.atomic(using=using):
        dead.put(using, found.dead)
        for feed, pks in sorted(found.edited.items()):
            outbox.mark_anew(using, feed, sorted(pks))
        marks.remove(using, due.ids, table=TABLE)
        leases.give_back(using, LEASE, worker.holder)
    return Counts(marks=len(due.ids), published=sent, forwarded=sent, dead=len(found.dead))


def _rows(using: str) -> QuerySet[ForwardMark]:
    labels = [feed.label for feed in registry.feeds()]
    return ForwardMark.objects.using(using).filter(feed__in=labels).order_by("id")


def _to_be_told(entry: Entry, due: Due) -> bool:
    """Not what the relay has published since, with a version that was given here."""
    version, _ = due.versions[entry.address]
    return entry.version > 0 and (entry.version == version or entry.origin != settings().environment)
