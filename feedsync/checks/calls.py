"""Checks of what calls of Cloud Tasks need: an account, a project, a URL of our own."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings as django_settings
from django.core.checks import CheckMessage

from feedsync import conf
from feedsync.checks.catalogue import Id, message
from feedsync.checks.deployment import usable
from feedsync.errors import ConfigurationError
from feedsync.tasks import addresses, cloud


def check_relay() -> Iterator[CheckMessage]:
    options = usable()
    if options and options.relay is conf.Relay.CLOUD_TASKS:
        yield from missing("FEEDSYNC['RELAY'] = \"cloud_tasks\"", "feedsync:relay_task")


def missing(why: str, view: str, kind: Id = Id.NO_CALLS) -> Iterator[CheckMessage]:
    """What keeps Cloud Tasks from calling a view. `why` it should: the setting."""
    for problem in problems(view):
        yield message(
            kind,
            f"{why} can't work: {problem}",
            hint="Set what is missing, then run `manage.py feedsync_setup`.",
        )


def problems(view: str) -> Iterator[str]:
    if not conf.settings().service_account_email:
        yield "FEEDSYNC['SERVICE_ACCOUNT_EMAIL'] is empty, so that tasks could not prove who sends them."
    try:
        cloud.queue_path()
        if getattr(django_settings, "ROOT_URLCONF", None):
            addresses.task_url(view)
    except ConfigurationError as error:
        yield str(error)
