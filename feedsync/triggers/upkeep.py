"""At the end of `migrate`, triggers are what the models need: installed, brought up to date, or taken out."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_migrate

from feedsync.conf import Capture, settings
from feedsync.triggers import active, installing


def start(app_config: Any) -> None:
    """Follow migrations from now on; `app_config` is feedsync's own."""
    post_migrate.connect(_migrated, sender=app_config, dispatch_uid="feedsync.triggers")


def _migrated(*, using: str, **_: Any) -> None:
    active.forget(using)
    if settings().capture is Capture.TRIGGERS and installing.is_possible(using):
        installing.install(using)
