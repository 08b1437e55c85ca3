"""The app of the demo's models."""

from __future__ import annotations

from django.apps import AppConfig


class AtlasConfig(AppConfig):
    name = "tests.demo.atlas"
    label = "atlas"
    default_auto_field = "django.db.models.BigAutoField"
