"""What an environment needs outside of its code: its stamp in the databases, its topics in Pub/Sub.

In: the settings. Out: a `Finding` for each thing that is looked at, made or changed; with `check` nothing is touched.
Other apps append their steps to `steps` and to `adopters` in their `ready()`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import transaction

from feedsync import clock
from feedsync.conf import settings
from feedsync.errors import FeedsyncError
from feedsync.models import Clock, Lease, Mark
from feedsync.relay.loop import databases
from feedsync.transport import clients
from feedsync.transport.names import topic_path

TIMEOUT_SECONDS = 10.0
DEAD = "-dead"


class Result(StrEnum):
    PRESENT = "is as it should be"
    CREATED = "was made"
    CHANGED = "was changed"
    MISSING = "is missing"
    DIFFERENT = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing and how it is now. `commands`: what a person with more rights would type."""

    what: str
    result: Result
    detail: str = ""
    commands: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return self.result in (Result.PRESENT, Result.CREATED, Result.CHANGED)


Step = Callable[[bool], Iterator[Finding]]
steps: list[Step] = []
adopters: list[Callable[[], None]] = []


def run(*, check: bool) -> Iterator[Finding]:
    yield from stamps(check)
    yield from topics(check)
    for step in steps:
        yield from step(check)


def stamps(check: bool) -> Iterator[Finding]:
    """Whose database is it (P10)?"""
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


def adopt() -> None:
    """Make copies this environment's own: a new incarnation, and nothing that the original still had to do."""
    for alias in databases():
        with transaction.atomic(using=alias):
            clock.read(alias)
            Mark.objects.using(alias).all().delete()
            Lease.objects.using(alias).all().delete()
            Clock.objects.using(alias).update(environment=settings().environment, incarnation=uuid.uuid4().hex)
    for each in adopters:
        each()


def topics(check: bool) -> Iterator[Finding]:
    topic = settings().topic
    if topic is None:
        yield Finding(what="Topic", result=Result.PRESENT, detail="none: TOPIC is None, nothing is published")
        return
    for name in (topic, topic + DEAD):
        yield guarded(f"Topic {name}", partial(_topic, name, check), partial(_topic_commands, name))


def _topic(name: str, check: bool) -> Finding:
    from google.api_core import exceptions

    path = topic_path(name)
    what = f"Topic {path}"
    publisher = clients.publisher()
    try:
        publisher.get_topic(topic=path, timeout=TIMEOUT_SECONDS, retry=None)
    except exceptions.NotFound:
        if check:
            return Finding(what=what, result=Result.MISSING, commands=_topic_commands(name))
    else:
        return Finding(what=what, result=Result.PRESENT)
    try:
        publisher.create_topic(name=path, timeout=TIMEOUT_SECONDS, retry=None)
    except exceptions.AlreadyExists:  # by another set-up, just now
        return Finding(what=what, result=Result.PRESENT)
    return Finding(what=what, result=Result.CREATED)


def _topic_commands(name: str) -> tuple[str, ...]:
    path = topic_path(name)
    member = f"--member=serviceAccount:{settings().service_account_email or 'ACCOUNT'}"
    return (
        f"gcloud pubsub topics create {path}",
        f"gcloud pubsub topics add-iam-policy-binding {path} --role=roles/pubsub.publisher {member}",
    )


def guarded(what: str, work: Callable[[], Finding], commands: Callable[[], tuple[str, ...]]) -> Finding:
    """What the cloud refuses is a finding, too: with the commands for somebody who may."""
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError

    try:
        return work()
    except exceptions.PermissionDenied:
        detail = "not allowed: set-up needs roles/pubsub.editor; or let somebody who has it run"
        return Finding(what=what, result=Result.FAILED, detail=detail, commands=commands())
    except (exceptions.GoogleAPIError, GoogleAuthError, FeedsyncError) as error:
        return Finding(what=what, result=Result.FAILED, detail=_told(error))


def _told(error: Any) -> str:
    return str(getattr(error, "message", "") or error)
