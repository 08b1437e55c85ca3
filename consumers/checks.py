"""System checks of the subscribing side: its tables must lie beside the rows that it writes."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import models, router

from consumers.models import DataPull, DataSource, ParkedChange
from feedsync.checks.catalogue import Id, message
from feedsync.registry import feeds


def run(**_: Any) -> list[checks.CheckMessage]:
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


def register_checks() -> None:
    checks.register(run, "feedsync")
