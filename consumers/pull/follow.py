"""One pull at work: handshake with the source, then its stream, chunk by chunk through apply.

Promised: cursor and chunk are committed together where both lie in one database, else the cursor after the chunk (R27);
so a pull that is killed resumes behind the last chunk that is in effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.db import router, transaction

from consumers.apply import Mode, Outcome, apply
from consumers.files.downloading import Stopped
from consumers.hearing import asking
from consumers.http.session import Source
from consumers.mirror import seen
from consumers.mirror.asking import asker
from consumers.models import DataPull, DataSource
from consumers.pull import files, handshake, messages, mirroring
from consumers.pull.lease import Lease
from consumers.pull.messages import Chunk, End, Header
from consumers.pull.mirroring import Mirror
from consumers.pull.progress import Progress
from consumers.pull.subscriptions import Subscriptions
from consumers.report import differences, keeping
from feedsync import clock, registry
from feedsync.errors import ConfigurationError, SourceAnswer
from feedsync.wire.page import Change


class Cancelled(Exception):
    """Somebody asked for the pull to stop."""


class TimeOver(Exception):
    """This worker has worked as long as it may; the next one goes on at the cursor."""


class Pull:
    """`progress` is what was committed last, or is about to be."""

    def __init__(
        self, row: DataPull, lease: Lease, reopen: Callable[[], Source], monotonic: Callable[[], float]
    ) -> None:
        self.row = row
        self.lease = lease
        self.source = reopen()
        self.progress = Progress.load(row.progress)
        self._reopen = reopen
        self.watch: Callable[[Progress], None] = lambda _: None
        self.stopping: Callable[[], bool] = lambda: False
        self.until: float | None = None  # by `monotonic`
        self._failed = 0
        self._monotonic = monotonic
        self._since = monotonic()
        self._own_alias = router.db_for_write(DataPull)

    @classmethod
    def open(cls, lease: Lease, open_source: Callable[[str, str], Source], monotonic: Callable[[], float]) -> Pull:
        row = DataPull.objects.select_related("data_source").get(pk=lease.pull_id)
        source = row.data_source
        if not source.enabled:
            raise ConfigurationError(f"{source.env_name} is disabled: enable the data source first.")
        return cls(row, lease, lambda: open_source(source.env_name, source.env_url), monotonic)

    @property
    def dry(self) -> bool:
        return self.row.mode in (DataPull.Mode.DRY_RUN, DataPull.Mode.MIRROR_DRY)

    @property
    def mirrors(self) -> bool:
        return self.row.mode in (DataPull.Mode.MIRROR, DataPull.Mode.MIRROR_DRY)

    def shake_hands(self, subscriptions: Subscriptions) -> None:
        """Contract, verdict and subscription; a source that began a new life is read from its first row again (P10)."""
        for alias in sorted({feed.alias for feed in registry.feeds()}):
            clock.own(alias)
        offer = handshake.offer_of(self.source, self.row.data_source.env_name)
        self.labels = handshake.chosen(offer, self.progress.only, lenient=self.progress.lenient)
        asking.note(self.row.data_source, offer)
        verdict = handshake.judged(offer, self.labels)
        self.progress.judge(verdict)
        self.lease.save(self.progress)
        handshake.refuse(verdict)
        if not self.dry:
            self.progress.subscription = handshake.subscribe(self.row.data_source, offer.topic, subscriptions)
        prints = handshake.prints(offer, self.labels)
        if self.progress.cursor and (self.progress.incarnation, self.progress.prints) != (offer.incarnation, prints):
            self.restart()
        self.progress.incarnation, self.progress.prints = offer.incarnation, prints
        self.progress.registered = sorted(feed.label for feed in registry.feeds())
        self.lease.save(self.progress)

    def rewind(self) -> None:
        """Back to the position that was committed; what was counted since was committed too."""
        counted = self.progress
        self.progress = Progress.load(DataPull.objects.values_list("progress", flat=True).get(pk=self.row.pk))
        self.progress.carry(counted)

    def restart(self) -> None:
        """From the first row; what was planned, and confirmed, was so for another stream."""
        self.progress.restart()
        self.lease.unconfirm()
        self.row.confirmed_at = None
        seen.forget(self.row.pk)

    def follow(self) -> None:
        """The stream from the cursor to its end; the source would take no feed at all for all of them."""
        if not self.labels:
            return
        parameters = {"feeds": ",".join(self.labels), "cursor": self.progress.cursor}
        lines = self.source.stream_lines("feedsync/export/", {name: text for name, text in parameters.items() if text})
        for message in messages.read(lines):
            match message:
                case Header():
                    self._begin(message)
                case Chunk():
                    self._take(message)
                case End():
                    self._finish(message)

    def _begin(self, header: Header) -> None:
        if header.environment != self.row.data_source.env_name or header.incarnation != self.progress.incarnation:
            raise SourceAnswer(f"{header.environment} answered in place of the source that the contract came from.")
        self.progress.clock = self.progress.clock or header.clock
        self.progress.expect(header.counts)
        self.lease.save(self.progress)

    def _take(self, chunk: Chunk) -> None:
        self._refuse_strangers(chunk.changes)
        self.progress.advance(chunk)
        self._tick()
        if self.mirrors:
            seen.note(self.row.pk, chunk.changes, rehearsed=self.dry)
        if self.dry:
            self._count(_rehearse(chunk.changes), chunk)
            self.lease.save(self.progress)
        else:
            self._apply(chunk)
        self.watch(self.progress)
        self._pause()

    def _refuse_strangers(self, changes: Sequence[Change]) -> None:
        """A source is trusted with what it was asked for, and with nothing else that is registered here."""
        strangers = sorted({change.feed for change in changes} - set(self.labels))
        if strangers:
            raise SourceAnswer(f"The source sent changes of {strangers[0]}, which it was not asked for.")

    def _heed(self) -> None:
        if self.stopping() or self.lease.cancelled():
            raise Cancelled

    def _pause(self) -> None:
        """Between two chunks."""
        self._heed()
        if self.until is not None and self._monotonic() >= self.until:
            self.lease.save(self.progress)  # with the counts of this chunk, which came after its position
            raise TimeOver

    def _count(self, outcome: Outcome, chunk: Chunk) -> None:
        self.progress.count(outcome, closing=chunk.closing)
        lines, number = differences.of_outcome(outcome), len(outcome.written) + len(outcome.gone) + len(outcome.left)
        self.progress.report = keeping.keep(self.row.pk, self.progress.report, lines, number=number)

    def _apply(self, chunk: Chunk) -> None:
        groups = list(by_alias(chunk.changes))
        together = [alias for alias, _ in groups] == [self._own_alias]
        for alias, group in groups:
            self.progress.count_files(files.bring(alias, group, self._reopen, self._beat))
            save = (lambda: self.lease.save(self.progress)) if together else None
            self._count(apply(group, using=alias, mode=Mode.PULL, then=save), chunk)
        if not together:
            self.lease.save(self.progress)

    def _beat(self) -> None:
        """While files are on their way. Those for which there is no time are parked with their changes, and the pull
        has moved on all the same."""
        self.lease.beat()
        self._heed()
        if self.until is not None and self._monotonic() >= self.until:
            raise Stopped

    def _tick(self) -> None:
        now = self._monotonic()
        self.progress.seconds += now - self._since
        self._since = now

    def _finish(self, end: End) -> None:
        self._tick()
        self._failed = end.failed
        if self.mirrors:
            self._check_complete(end)
        if not self.dry:
            DataSource.objects.filter(pk=self.row.data_source_id).update(incarnation=self.progress.incarnation)

    def _check_complete(self, end: End) -> None:
        """Whatever a source says at the end: what didn't come is not for that reason absent."""
        for label, count in end.counts.items():
            if self.progress.feeds.get(label, {}).get("seen", 0) < count:
                raise SourceAnswer(f"The stream should have brought {count:,} {label} and brought fewer.")

    def mirror(self) -> list[str]:
        """Remove what the source doesn't have; answers why that has to be confirmed first, if it has to."""
        ask = asker(self.source, self.row.data_source.env_name, self.progress.incarnation)
        mirror = Mirror(self.row, self.progress, ask, self.lease.save, self._pause)
        try:
            if not self.progress.plan:
                mirror.plan(self.labels)
            if self.dry:
                mirror.forget()
                return []
            if not mirror.objections:
                mirror.remove()
            return mirror.objections
        finally:
            self.progress = mirror.progress

    def last_word(self) -> str:
        words = ["Nothing was written: this was a rehearsal."] if self.dry else []
        if self.mirrors:
            words += mirroring.told(self.progress, dry=self.dry)
        if self._failed:
            words.append(f"{self._failed:,} objects can't be sent: see the dead changes of {self.row.data_source}.")
        if failed := self.progress.files.get("failed"):
            words.append(f"{failed:,} files did not come: their changes are parked with the reason, and tried again.")
        if self.progress.subscription:
            words.append(f"Snapshot only: {self.progress.subscription}")
        return " ".join(words)


def by_alias(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    """Changes of registered feeds by their database, in order."""

    aliases = {label: _alias(label) for label in {change.feed for change in changes}}
    for name in sorted(set(aliases.values())):
        yield name, [change for change in changes if aliases[change.feed] == name]


def _alias(label: str) -> str:
    feed = registry.find(label)
    return feed.alias if feed else router.db_for_write(DataPull)


def _rehearse(changes: Sequence[Change]) -> Outcome:
    """Apply, count and take back."""
    total = Outcome()
    for alias, group in by_alias(changes):
        with transaction.atomic(using=alias):
            total.absorb(apply(group, using=alias, mode=Mode.PULL))
            transaction.set_rollback(True, using=alias)
    return total
