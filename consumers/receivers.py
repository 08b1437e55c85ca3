"""A DataSource that is added starts a DataPull, a DataPull that is added runs; both once their rows are committed."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save

from consumers.models import DataPull, DataSource
from consumers.tasks import orphans
from consumers.tasks.start import start_after_commit


def connect() -> None:
    post_save.connect(_source_added, sender=DataSource, dispatch_uid="consumers.source_added")
    post_save.connect(_pull_added, sender=DataPull, dispatch_uid="consumers.pull_added")
    orphans.watch()


def _source_added(instance: DataSource, created: bool, raw: bool, using: str, **_: Any) -> None:
    """In the transaction of the source: with it, the pull comes or doesn't."""
    if created and not raw and instance.enabled:
        DataPull.objects.using(using).create(data_source=instance)


def _pull_added(instance: DataPull, created: bool, raw: bool, **_: Any) -> None:
    if created and not raw:
        start_after_commit(instance)
