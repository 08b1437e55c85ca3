"""The publishing side as a Django app: finds registrations, then starts to capture."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class FeedsyncConfig(AppConfig):
    name = "feedsync"
    label = "feedsync"
    verbose_name = "feedsync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from feedsync import collations
        from feedsync.checks import register_checks

        post_migrate.connect(collations.compare_bytewise, sender=self)
        autodiscover_modules("feeds")
        # The hooks know feedsync's models, so they can be imported only now.
        from feedsync.capture import hooks
        from feedsync.relay import thread, waking
        from feedsync.triggers import upkeep

        hooks.start()
        upkeep.start(self)
        thread.start()
        waking.start()
        register_checks()
