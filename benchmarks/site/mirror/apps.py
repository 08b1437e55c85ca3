"""The app of django-cqrs' replica."""

from __future__ import annotations

from django.apps import AppConfig


class MirrorConfig(AppConfig):
    name = "benchmarks.site.mirror"
    label = "mirror"
    default_auto_field = "django.db.models.BigAutoField"
