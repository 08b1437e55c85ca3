"""Whose databases are these (P10)? Each has the name of its environment, or gets it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.db import transaction

from feedsync import clock
from feedsync.conf import settings
from feedsync.models import Clock, ForwardMark, Lease, LedgerEntry, Mark
from feedsync.provisioning.findings import Finding, Result
from feedsync.relay.loop import databases


def stamps(check: bool) -> Iterator[Finding]:
    mine = settings().environment
    for alias in databases():
        found = Clock.objects.using(alias).filter(id=1).first()
        what = f"Database {alias}"
        if found is None and check:
            yield Finding(what=what, result=Result.MISSING, detail="it belongs to no environment yet")
        elif found is None:
            clock.read(alias)
            yield Finding(what=what, result=Result.CREATED, detail=f"it belongs to {mine} now")
        elif found.environment == mine:
            yield Finding(what=what, result=Result.PRESENT, detail=f"it belongs to {mine}")
        else:
            detail = f"it belongs to {found.environment or 'nobody'}: if it is a copy, run feedsync_setup --adopt"
            yield Finding(what=what, result=Result.DIFFERENT, detail=detail)


def adopt(now: clock.Milliseconds = clock.wall_clock) -> None:
    """A new life begins now: what the rows are is what they are from this moment on. So a pull of them wins over what
    others know of a former life, which may be younger than the backup."""
    for alias in databases():
        with transaction.atomic(using=alias):
            clock.read(alias, now)
            for rows in (model.objects.using(alias).all() for model in (Mark, ForwardMark, Lease, LedgerEntry)):
                rows._raw_delete(alias)
            genesis = clock.reserve(alias, now=now)
            Clock.objects.using(alias).update(
                environment=settings().environment, incarnation=uuid.uuid4().hex, genesis=genesis
            )
