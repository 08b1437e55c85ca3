"""The app that is replicated."""

from __future__ import annotations

from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "benchmarks.site.content"
    label = "content"
    default_auto_field = "django.db.models.BigAutoField"
