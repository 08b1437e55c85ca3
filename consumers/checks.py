"""System checks of the subscribing side: its tables lie beside the rows that it writes, its pulls can be started."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib.util import find_spec
from typing import Any

from django.core import checks
from django.db import DatabaseError, models, router, transaction

from consumers.hearing import gaps
from consumers.models import DataPull, DataSource, ParkedChange
from consumers.tasks import start
from feedsync.checks import calls
from feedsync.checks.catalogue import Id, message
from feedsync.checks.deployment import usable
from feedsync.conf import Tasks
from feedsync.registry import feeds
from feedsync.tasks import platforms


def run(**_: Any) -> list[checks.CheckMessage]:
    return [*_tables(), *_tasks(), *_forwarding()]


def _tasks() -> Iterator[checks.CheckMessage]:
    options = usable()
    backend = start.chosen() if options else None
    if options and backend is Tasks.CLOUD_TASKS:
        asked = options.tasks is Tasks.CLOUD_TASKS
        why = "FEEDSYNC['TASKS'] = \"cloud_tasks\"" if asked else f"Starting a pull on {platforms.current()}"
        yield from calls.missing(why, start.PULL_TASK, Id.NO_CALLS if asked else Id.NO_CALLS_HERE)
    if backend is Tasks.DJANGO_TASKS and not (find_spec("django.tasks") or find_spec("django_tasks")):
        yield message(
            Id.NO_TASK_FRAMEWORK,
            "FEEDSYNC['TASKS'] = \"django_tasks\", and there is no task framework.",
            hint="Use Django 6.0, or install 'feedsync[tasks]', and configure Django's setting TASKS.",
        )


def _tables() -> list[checks.CheckMessage]:
    places: set[tuple[str, type[models.Model]]] = {(feed.alias, ParkedChange) for feed in feeds()}
    places |= {(router.db_for_write(model), model) for model in (DataSource, DataPull)}
    return [
        message(
            Id.NO_CONSUMER_TABLES,
            f"{model._meta.label} belongs into the database {alias!r}, where the router does not allow it.",
            hint='Let allow_migrate() answer True for the app label "feedsync_consumers" in that database.',
        )
        for alias, model in sorted(places, key=lambda place: (place[0], place[1]._meta.label))
        if not router.allow_migrate_model(alias, model)
    ]


def run_on_databases(*, databases: Collection[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """What the data sources tell, where the database of theirs is among those that may be asked."""
    using = router.db_for_write(DataSource)
    if using not in (databases or ()):
        return []
    try:
        with transaction.atomic(using=using):
            found = gaps.find()
    except DatabaseError:
        return []  # not migrated yet
    return [message(Id.GAP, gap.text, hint=gap.remedy) for gap in found]


def _forwarding() -> Iterator[checks.CheckMessage]:
    options = usable()
    if options and options.forward and options.topic is None:
        yield message(
            Id.FORWARDS_NOWHERE,
            "FEEDSYNC['FORWARD'] is set, and FEEDSYNC['TOPIC'] is None: nothing is passed on.",
            hint="Name a topic, or take FORWARD out.",
        )


def register_checks() -> None:
    checks.register(run, "feedsync")
    checks.register(run_on_databases, checks.Tags.database)
