"""Which pull a person's command means: an unfinished one of the same kind, or a new one.

In: a data source, mode and feeds. Out: the id of a DataPull that can be claimed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils import timezone

from consumers.mirror import brake
from consumers.models import DataPull, DataSource
from consumers.pull import lease
from consumers.pull.progress import Progress

SHOWN = ("created", "updated", "unchanged", "deleted", "parked", "dead")


def pull_for(source: DataSource, mode: DataPull.Mode, feeds: Sequence[str], *, restart: bool = False) -> int:
    only = sorted(label.lower() for label in feeds)
    last = source.pulls.filter(mode=mode).order_by("-id").first()
    if last is not None and not restart and _unfinished(last, only):
        return last.pk
    # Claimed by the caller, so it must not be started by the receiver of new pulls.
    pull = DataPull(
        data_source=source, mode=mode, progress=Progress(only=only).dump(), status=DataPull.Status.CANCELLED
    )
    pull.save()
    _wait(pull.pk)
    return pull.pk


def allow(pull_id: int) -> None:
    """However much a mirror removes; on the row of a pull that nobody runs yet."""
    pull = DataPull.objects.get(pk=pull_id)
    DataPull.objects.filter(pk=pull_id, status=DataPull.Status.WAITING).update(
        progress={**pull.progress, "allowed": True}
    )


def planned(pull: DataPull) -> Iterator[str]:
    """The plan of a mirror, a line for each feed from which something goes."""
    for label, feed in (pull.progress.get("plan") or {}).items():
        if feed["deleted"]:
            yield f"{label}: {feed['deleted']:,} of {feed['here']:,} are not at the source."


def spared(pull: DataPull) -> bool:
    """Whether a mirror left what it would have removed, because the source sent nothing at all."""
    plan = pull.progress.get("plan") or {}
    return brake.is_empty(plan) and brake.removals(plan) > 0


def _unfinished(pull: DataPull, only: list[str]) -> bool:
    """Make it claimable, if it is a pull of the same feeds that stopped underway, or that nobody runs."""
    if Progress.load(pull.progress).only != only:
        return False
    stopped = (DataPull.Status.FAILED, DataPull.Status.CANCELLED, DataPull.Status.CONFIRM)
    if pull.status in stopped and pull.progress.get("cursor"):
        _wait(pull.pk)
        return True
    return DataPull.objects.filter(lease.free(timezone.now()), pk=pull.pk).exists() or (
        pull.status == DataPull.Status.RUNNING
    )


def _wait(pull_id: int) -> None:
    DataPull.objects.filter(pk=pull_id).update(
        status=DataPull.Status.WAITING, cancel_requested=False, message="", finished_at=None
    )
