"""Starts a pull where FEEDSYNC["TASKS"] says: a DataPull that waits in, its run begun, over or queued afterwards.

Each backend is a module beside this one, imported on first use. Starting a pull that runs elsewhere does nothing. What
keeps a pull from being started, a queue out of reach, say, ends it with the reason, and is no error of the caller's.
"""

from __future__ import annotations

import logging
from functools import partial
from importlib import import_module
from typing import Protocol, cast

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from consumers.models import DataPull
from feedsync.conf import Tasks, settings
from feedsync.errors import FeedsyncError
from feedsync.tasks import platforms
from feedsync.tasks.platforms import Platform

BACKENDS = {
    Tasks.INLINE: "consumers.tasks.inline",
    Tasks.THREAD: "consumers.tasks.threads",
    Tasks.CLOUD_TASKS: "consumers.tasks.cloud_tasks",
    Tasks.DJANGO_TASKS: "consumers.tasks.django_tasks",
}

PULL_TASK = "feedsync_consumers:pull_task"  # the view that Cloud Tasks calls

logger = logging.getLogger("feedsync.tasks")


class Backend(Protocol):
    """A module that runs pulls, or has them run."""

    def start(self, pull_id: int, /) -> object:
        """Returns when the pull runs, is over, or is sure to be run; raises FeedsyncError with a sentence else."""


def chosen() -> Tasks:
    """Never AUTO."""
    options = settings()
    if options.force_sync:
        return Tasks.INLINE
    if options.tasks is not Tasks.AUTO:
        return options.tasks
    return Tasks.THREAD if platforms.current() is Platform.OTHER else Tasks.CLOUD_TASKS


def start(pull_id: int) -> None:
    try:
        backend = cast("Backend", import_module(BACKENDS[chosen()]))
        backend.start(pull_id)
    except FeedsyncError as error:
        logger.warning("pull not started", extra={"pull": pull_id, "reason": str(error)})
        DataPull.objects.filter(pk=pull_id, status=DataPull.Status.WAITING).update(
            status=DataPull.Status.FAILED,
            message=f"{error} Resume the pull when that is mended.",
            finished_at=timezone.now(),
        )


def start_after_commit(pull: DataPull) -> None:
    """Once the row is there for everybody; its transaction may still be rolled back."""
    if pull.status == DataPull.Status.WAITING:
        transaction.on_commit(partial(start, pull.pk), using=pull._state.db)


def resume(pull_id: int) -> bool:
    """Let a pull that failed, was cancelled or lost its worker go on at its cursor; False where it isn't one.

    That is a new step, once, however often somebody clicks.
    """
    from consumers.pull import lease

    pulls = DataPull.objects.filter(pk=pull_id)
    stopped = Q(status__in=[DataPull.Status.FAILED, DataPull.Status.CANCELLED])
    pulls.filter(stopped | lease.silent(timezone.now())).update(
        status=DataPull.Status.WAITING, cancel_requested=False, message="", finished_at=None, step=F("step") + 1
    )
    if not pulls.filter(status=DataPull.Status.WAITING).exists():
        return False
    start(pull_id)
    return True


def confirm(pull_id: int, by: str) -> bool:
    """Let a mirror remove what it planned; False where it doesn't wait for that."""
    moment = timezone.now()
    waiting = DataPull.objects.filter(pk=pull_id, status=DataPull.Status.CONFIRM)
    if not waiting.update(
        status=DataPull.Status.WAITING, confirmed_by=by, confirmed_at=moment, finished_at=None, step=F("step") + 1
    ):
        return False
    start(pull_id)
    return True


def cancel(pull_id: int) -> bool:
    """A running pull stops after its chunk, one that nobody runs at once; False where it is over."""
    from consumers.pull import lease

    pulls = DataPull.objects.filter(pk=pull_id)
    idle = lease.free(timezone.now()) | Q(status=DataPull.Status.CONFIRM)
    if pulls.filter(idle).update(status=DataPull.Status.CANCELLED, finished_at=timezone.now()):
        return True
    return bool(pulls.filter(status=DataPull.Status.RUNNING).update(cancel_requested=True))
