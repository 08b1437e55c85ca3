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
from consumers.tasks.start import start
from feedsync.conf import Tasks, settings
from feedsync.errors import ConfigurationError

logger = logging.getLogger("feedsync.tasks")

WAITING_SECONDS = 30  # a pull that waits this long was committed by a process that died before it could start it


def resume_orphans() -> list[int]:
    """Start what nobody runs; answers the ids of these pulls."""
    from consumers.pull import lease

    now = timezone.now()
    young = Q(status=DataPull.Status.WAITING, created_at__gt=now - dt.timedelta(seconds=WAITING_SECONDS))
    orphans = DataPull.objects.filter(lease.free(now)).exclude(young).order_by("id")
    found = list(orphans.values_list("pk", flat=True))
    for pull_id in found:
        logger.info("taking over a pull", extra={"pull": pull_id})
        start(pull_id)
    return found


def look() -> None:
    """Take over what nobody runs, and pull what a changed registration asks for (R29), where pulls run in threads."""
    from consumers.pull import registrations

    if settings().tasks in (Tasks.AUTO, Tasks.THREAD) and not settings().force_sync:
        resume_orphans()
        registrations.schedule()


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
