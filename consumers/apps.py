"""The subscribing side as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsumersConfig(AppConfig):
    name = "consumers"
    label = "feedsync_consumers"
    verbose_name = "feedsync consumers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from consumers import receivers
        from consumers.checks import register_checks
        from consumers.hearing import asking
        from consumers.provisioning import register_steps
        from consumers.status import register_section
        from feedsync import collations, contract

        post_migrate.connect(collations.compare_bytewise, sender=self)
        receivers.connect()
        register_checks()
        register_section()
        register_steps()
        contract.hearing.append(asking.told)
