"""Pulls whose process died: found by their silence, and started again at their cursor.

Looked for at the first request that a process serves, by consumers now and again, and whenever a command asks.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.core.signals import request_started
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from consumers.models import DataPull
from consumers.tasks.start import chosen, resume, start
from feedsync.conf import Tasks
from feedsync.errors import ConfigurationError

logger = logging.getLogger("feedsync.tasks")

WAITING_SECONDS = 30  # a pull that waits this long was committed by a process that died before it could start it
CALLING_SECONDS = 900  # Cloud Tasks' pauses grow to five minutes


def resume_orphans() -> list[int]:
    """Start what nobody runs; answers the ids of these pulls."""
    found = list(DataPull.objects.filter(_orphaned()).order_by("id").values_list("pk", "status"))
    for pull_id, status in found:
        logger.info("taking over a pull", extra={"pull": pull_id})
        (start if status == DataPull.Status.WAITING else resume)(pull_id)
    return [pull_id for pull_id, _ in found]


def _orphaned() -> Q:
    """Cloud Tasks calls again by itself, so it has its time first. What waits in a queue of Django's is in good hands,
    and nobody could tell whether it is there already."""
    from consumers.pull import lease

    now = timezone.now()
    unstarted = Q(
        status=DataPull.Status.WAITING, started_at=None, created_at__lte=now - dt.timedelta(seconds=WAITING_SECONDS)
    )
    match chosen():
        case Tasks.CLOUD_TASKS:
            return unstarted | lease.silent(now - dt.timedelta(seconds=CALLING_SECONDS))
        case Tasks.DJANGO_TASKS:
            return lease.silent(now)
        case _:
            given_back = Q(status=DataPull.Status.WAITING, started_at__isnull=False)
            return unstarted | given_back | lease.silent(now)


def look() -> None:
    """Take over what nobody runs, and pull what a changed registration (R29) or a long silence (P9) asks for; not where
    pulls run inline."""
    from consumers.hearing import asking
    from consumers.pull import registrations, silence

    if chosen() is not Tasks.INLINE:
        resume_orphans()
        registrations.schedule()
        silence.schedule(timezone.now())
        asking.look()


def watch() -> None:
    """Look once, at the process's first request: tables may be missing before that, and most commands need no look."""
    request_started.connect(_first_request, dispatch_uid="consumers.tasks.orphans")


def _first_request(**_: Any) -> None:
    request_started.disconnect(dispatch_uid="consumers.tasks.orphans")
    try:
        look()
    except (DatabaseError, ConfigurationError):
        # The request has nothing to do with pulls and must be served: the tables may not be there yet.
        logger.warning("could not look for pulls to take over", exc_info=True)
