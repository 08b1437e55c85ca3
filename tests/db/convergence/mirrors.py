"""A mirror in a world: a pull that notes what it saw, plans and removes, and may die or be meddled with meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils import timezone

from consumers.mirror import seen
from consumers.models import DataPull, DataSource
from consumers.pull.messages import Chunk
from consumers.pull.mirroring import Mirror
from consumers.pull.progress import Progress
from feedsync import contract, registry
from feedsync.export import absence
from feedsync.testing import World
from feedsync.testing.crashing import Crash
from feedsync.testing.pulling import READER, Pull
from feedsync.wire import json


class MirrorPull(Pull):
    """`meddle` is called between the source's answer and the removal, `dying` times it dies while it removes."""

    def __init__(self, world: World, meddle: Callable[[], object], *, chunk: int = 2, dying: int = 0) -> None:
        super().__init__(world._hosts["studio"].environment, world._hosts["shop"].environment, chunk=chunk)
        self.meddle = meddle
        self.dying = dying
        self.progress = Progress()
        with self.replica.entered():
            owner, _ = DataSource.objects.get_or_create(env_name="studio", defaults={"enabled": False})
            self.row = DataPull(data_source=owner, mode=DataPull.Mode.MIRROR, status=DataPull.Status.CANCELLED)
            self.row.confirmed_at = timezone.now()
            self.row.save()

    def _take(self, chunk: Chunk, dying: bool) -> bool:
        with self.replica.entered():
            seen.note(self.row.pk, chunk.changes)
        for change in chunk.changes:
            self.progress.feeds.setdefault(change.feed, {"seen": 0, "total": 0})["seen"] += not change.deleted
        return super()._take(chunk, dying)

    def mirror(self) -> int:
        """Plan and remove, again after each death; how many went."""
        while self.step():
            pass
        with self.replica.entered():
            self.progress.clock = self.clock
            while not self._mirror():
                pass
        return self.progress.counts["deleted"]

    def _mirror(self) -> bool:
        """Whether it lived to the end; if not, it goes on with the progress that was saved."""
        mirror = Mirror(self.row, self.progress.copy(), self._ask, self._save, lambda: None)
        try:
            if not mirror.progress.plan:
                mirror.plan([feed.label for feed in registry.feeds()])
            mirror.remove()
        except Crash:
            return False
        return True

    def _ask(self, label: str, keys: Sequence[str]) -> set[str]:
        with self.source.entered():
            question = {"feed": label, "incarnation": contract.identity().incarnation, "keys": list(keys)}
            places = absence.answer(json.dumps(question), READER)["absent"]
        self.meddle()
        return {keys[place] for place in places}

    def _save(self, progress: Progress) -> None:
        if progress.plan and self.dying:
            self.dying -= 1
            raise Crash
        self.progress = progress.copy()
