"""Checks of CAPTURE "triggers": whether SQL can spell the primary keys, and whether the triggers are up to date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage
from django.db import Error as DatabaseTrouble
from django.db import connections

from feedsync import conf
from feedsync.checks.catalogue import Id, message
from feedsync.checks.deployment import usable
from feedsync.triggers import definitions, installing
from feedsync.triggers.dialect import dialect_of


def check_primary_keys() -> Iterator[CheckMessage]:
    options = usable()
    if options is None or options.capture is not conf.Capture.TRIGGERS:
        return
    for plan in definitions.plans():
        for target in definitions.unspelled(plan):
            yield message(
                Id.UNSPELLED_KEY,
                f"{target.feed.label}: no trigger can spell the primary key of {plan.model._meta.label}.",
                hint='Use an integer, text or UUID primary key, or FEEDSYNC["CAPTURE"] = "signals".',
                about=target.feed.model,
            )


def check_installed(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Run by `migrate` and `check --database`."""
    options = usable()
    return [found for alias in databases or () for found in _installed(alias, options)]


def _installed(alias: str, options: conf.Settings | None) -> Iterator[CheckMessage]:
    if options is None or dialect_of(connections[alias]) is None:
        return
    try:
        found = installing.state(alias) if installing.is_possible(alias) else None
    except DatabaseTrouble:  # Django's own checks say so
        return
    if found is None:
        return
    if options.capture is conf.Capture.TRIGGERS and not found.good:
        number = len(found.missing) + len(found.stale)
        text = f"{number:,} of feedsync's triggers in the database {alias!r} are missing or out of date."
        yield message(Id.TRIGGERS, text, hint="Run `manage.py feedsync_triggers`; `migrate` does it at its end, too.")
    elif options.capture is conf.Capture.SIGNALS and (found.present or found.stale):
        number = len(found.present) + len(found.stale)
        text = f'The database {alias!r} has {number:,} triggers of feedsync, and CAPTURE is "signals".'
        hint = (
            "Each change is marked twice, and what apply writes is published again: run `feedsync_triggers --remove`."
        )
        yield message(Id.TRIGGERS, text, hint=hint)
