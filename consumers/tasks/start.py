"""Starts a pull where FEEDSYNC["TASKS"] says: a DataPull that waits in, its run begun or over when this returns.

FORCE_SYNC and "inline" run it here and now, "thread" and "auto" in a thread. Starting one that runs elsewhere does
nothing.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from consumers.models import DataPull
from consumers.tasks import threads
from feedsync.conf import Tasks, settings

LATER = 'FEEDSYNC["TASKS"] = "{}" comes in a later version of feedsync: use "thread" or "inline".'


def start(pull_id: int) -> None:
    from consumers.pull import run  # with requests and apply, which most processes never need

    options = settings()
    if options.force_sync or options.tasks is Tasks.INLINE:
        run.run(pull_id)
    elif options.tasks in (Tasks.AUTO, Tasks.THREAD):
        threads.start(pull_id)
    else:
        message = LATER.format(options.tasks)
        DataPull.objects.filter(pk=pull_id, status=DataPull.Status.WAITING).update(
            status=DataPull.Status.FAILED, message=message, finished_at=timezone.now()
        )


def start_after_commit(pull: DataPull) -> None:
    """Once the row is there for everybody; its transaction may still be rolled back."""
    if pull.status == DataPull.Status.WAITING:
        transaction.on_commit(partial(start, pull.pk), using=pull._state.db)


def resume(pull_id: int) -> bool:
    """Let a pull that failed, was cancelled or lost its worker go on at its cursor; False where it isn't one."""
    from consumers.pull import lease

    pulls = DataPull.objects.filter(pk=pull_id)
    again = pulls.filter(status__in=[DataPull.Status.FAILED, DataPull.Status.CANCELLED])
    again.update(status=DataPull.Status.WAITING, cancel_requested=False, message="", finished_at=None)
    if not pulls.filter(lease.free(timezone.now())).exists():
        return False
    start(pull_id)
    return True


def cancel(pull_id: int) -> bool:
    """A running pull stops after its chunk, one that nobody runs at once; False where it is over."""
    from consumers.pull import lease

    pulls = DataPull.objects.filter(pk=pull_id)
    if pulls.filter(lease.free(timezone.now())).update(status=DataPull.Status.CANCELLED, finished_at=timezone.now()):
        return True
    return bool(pulls.filter(status=DataPull.Status.RUNNING).update(cancel_requested=True))
