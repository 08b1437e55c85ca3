"""Who runs a pull: claim, beat, save and finish, each one statement that only the holder's succeeds with.

A holder that is silent for 30 seconds may be taken over; it learns so by LeaseLost at its next statement, which, inside
the transaction of a chunk, takes the chunk back.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from consumers.models import DataPull
from consumers.pull.progress import Progress
from feedsync.errors import LeaseLost

SILENT_SECONDS = 30
Now = Callable[[], dt.datetime]


def worker_name() -> str:
    """Unique, and readable in the admin."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"[-100:]


def silent(now: dt.datetime) -> Q:
    """Pulls whose worker went silent."""
    silence = Q(heartbeat_at__lt=now - dt.timedelta(seconds=SILENT_SECONDS)) | Q(heartbeat_at=None)
    return Q(status=DataPull.Status.RUNNING) & silence


def free(now: dt.datetime) -> Q:
    """Pulls that nobody runs: those that wait, and those whose worker went silent."""
    return Q(status=DataPull.Status.WAITING) | silent(now)


def claim(pull_id: int, worker: str, now: Now) -> Lease | None:
    """The lease, or None where somebody else runs the pull or nothing is to be run."""
    moment = now()
    won = DataPull.objects.filter(free(moment), pk=pull_id).update(
        status=DataPull.Status.RUNNING,
        worker=worker,
        heartbeat_at=moment,
        started_at=Coalesce("started_at", moment),
        finished_at=None,
        message="",
    )
    return Lease(pull_id=pull_id, worker=worker, now=now) if won else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    pull_id: int
    worker: str
    now: Now

    def save(self, progress: Progress) -> None:
        """The position, and a beat."""
        self._write(progress=progress.dump(), heartbeat_at=self.now())

    def beat(self) -> None:
        self._write(heartbeat_at=self.now())

    def unconfirm(self) -> None:
        self._write(confirmed_by="", confirmed_at=None)

    def cancelled(self) -> bool:
        return self._mine().filter(cancel_requested=True).exists()

    def finish(self, status: DataPull.Status, message: str, progress: Progress | None = None) -> None:
        """The pull's last word; without progress the position stays at what was committed."""
        more = {"progress": progress.dump()} if progress else {}
        self._write(status=status, message=message, finished_at=self.now(), cancel_requested=False, **more)

    def give_back(self, message: str, *, steps: int) -> None:
        """Let the pull wait for its next worker, at the position that was committed."""
        self._write(status=DataPull.Status.WAITING, message=message, step=F("step") + steps)

    def _write(self, **values: Any) -> None:
        if not self._mine().update(**values):
            raise LeaseLost("Another worker took this pull over.")

    def _mine(self) -> QuerySet[DataPull]:
        return DataPull.objects.filter(pk=self.pull_id, worker=self.worker, status=DataPull.Status.RUNNING)
