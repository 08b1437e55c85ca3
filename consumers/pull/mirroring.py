"""The end of a mirror: plan, brake, removal (P5). In: a pull whose stream is complete. Out: fewer rows.

Everything lies in the database: a pull that waits, or dies, goes on from the removals that are left. Before each of
them it asks the source again, and looks again at versions, marks and parked changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

from django.db import transaction

from consumers.mirror import brake, candidates, removing, seen, standing
from consumers.mirror.asking import Ask
from consumers.mirror.removing import Removed
from consumers.models import DataPull, Removal
from consumers.pull.progress import Progress
from consumers.report import differences, keeping
from consumers.report.differences import Line
from feedsync import order, registry, snapshot
from feedsync.registry import Feed

BATCH = 500
NOT_THERE = "the source has it"


class Mirror:
    """`save` writes the progress; `pause` raises where the pull is to stop, between two transactions."""

    def __init__(
        self, row: DataPull, progress: Progress, ask: Ask, save: Callable[[Progress], None], pause: Callable[[], None]
    ) -> None:
        self.row = row
        self.progress = progress
        self._ask = ask
        self._save = save
        self._pause = pause

    def plan(self, labels: list[str]) -> None:
        """Note what would be removed, and the numbers of all that was changed."""
        self.forget()
        numbers = {label: self._candidates(registry.get(label)) for label in reversed(order.parents_first(labels))}
        self.progress.plan = {label: self._numbers(label, numbers[label]) for label in order.parents_first(labels)}
        if brake.is_empty(self.progress.plan):
            self.forget()
        self._save(self.progress)
        seen.forget(self.row.pk)

    def forget(self) -> None:
        """What was planned: nothing of it is to be removed."""
        self.row.removals.all().delete()

    def _candidates(self, feed: Feed) -> int:
        number = 0
        for keys in candidates.find(self.row.pk, feed, before=self.progress.clock, ask=self._ask):
            Removal.objects.bulk_create(Removal(pull=self.row, feed=feed.label, key=key) for key in keys)
            if keys:
                states = snapshot.by_keys(feed, feed.alias, keys)
                _report(self.row, self.progress, list(differences.to_remove(feed.label, states)))
            number += len(keys)
            self._save(self.progress)  # a beat: the plan itself is made in one go
        return number

    def _numbers(self, label: str, number: int) -> dict[str, int]:
        feed = registry.get(label)
        done = self.progress.changed.get(label, {})
        return {
            "created": done.get("created", 0),
            "updated": done.get("updated", 0),
            "deleted": number,
            "here": snapshot.rows(feed, feed.alias).count(),
            "sent": self.progress.feeds.get(label, {}).get("seen", 0),
        }

    @property
    def objections(self) -> list[str]:
        """Why a person has to confirm; empty once somebody did."""
        if self.progress.allowed or self.row.confirmed_at or brake.is_empty(self.progress.plan):
            return []
        return list(brake.objections(self.progress.plan))

    def remove(self) -> None:
        """All that can be; what only another removal stood in the way of goes in a later round."""
        removed = True
        while removed:
            removed = False
            for feed, rows in self._batches():
                self._pause()
                removed |= self._remove(feed, rows)
        for feed, rows in self._batches():
            self._keep_all(feed, rows)

    def _batches(self) -> Iterator[tuple[Feed, dict[str, int]]]:
        """(feed, {key: removal}), as they were planned."""
        last = 0
        while True:
            rows = list(self.row.removals.filter(pk__gt=last).order_by("pk").values_list("feed", "key", "pk")[:BATCH])
            if not rows:
                return
            last = rows[-1][2]
            for label, group in groupby(rows, key=lambda row: row[0]):
                yield registry.get(label), {key: pk for _, key, pk in group}

    def _remove(self, feed: Feed, rows: dict[str, int]) -> bool:
        """Whether anything went."""
        before = self.progress.counts["deleted"]
        ranks = standing.ranks_of(feed, rows)
        absent = self._ask(feed.label, list(rows))
        there = {key: NOT_THERE for key in rows if key not in absent}
        then = partial(self._note, feed, rows)
        if there:
            then(Removed(kept=there))
        if absent:
            removing.remove(
                feed, {key: ranks[key] for key in rows if key in absent}, before=self.progress.clock, then=then
            )
        return self.progress.counts["deleted"] > before

    def _note(self, feed: Feed, rows: dict[str, int], removed: Removed) -> None:
        """In the transaction of the removal, so that neither is without the other."""
        after = self.progress.copy()
        number = len(removed.done)
        after.counts["deleted"] += number
        after.count_changed(feed.label, "deleted", number)
        after.kept += len(removed.kept)
        lines = [*differences.removed(feed.label, removed.done), *differences.kept(feed.label, removed.kept)]
        _report(self.row, after, lines)
        settled = [rows[key] for key in (*removed.done, *removed.gone, *removed.kept)]
        self.row.removals.filter(pk__in=settled).delete()
        for key, reason in removed.blocked.items():
            self.row.removals.filter(pk=rows[key]).update(reason=reason)
        self._save(after)
        transaction.on_commit(partial(setattr, self, "progress", after), using=feed.alias)

    def _keep_all(self, feed: Feed, rows: dict[str, int]) -> None:
        """What stayed blocked."""
        reasons = self.row.removals.filter(pk__in=rows.values()).values_list("key", "reason")
        self._note(feed, rows, Removed(kept=dict(reasons)))


def _report(row: DataPull, progress: Progress, lines: Sequence[Line]) -> None:
    progress.report = keeping.keep(row.pk, progress.report, lines, number=len(lines))


def told(progress: Progress, *, dry: bool) -> Iterator[str]:
    """What came of it, a sentence each."""
    if brake.is_empty(progress.plan):
        yield "The source sent no object at all, so nothing was removed."
    elif dry:
        yield f"A mirror would remove {brake.removals(progress.plan):,}."
    if progress.kept:
        yield f"{progress.kept:,} that the source doesn't have had to stay: the report says why."
