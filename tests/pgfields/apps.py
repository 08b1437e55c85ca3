"""The app of the PostgreSQL test models."""

from __future__ import annotations

from django.apps import AppConfig


class PgFieldsConfig(AppConfig):
    name = "tests.pgfields"
    label = "pgfields"
    default_auto_field = "django.db.models.BigAutoField"
