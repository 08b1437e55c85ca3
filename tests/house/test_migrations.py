"""Migrations keep up with the models."""

from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.mark.django_db(databases=["default", "other"])
def test_no_model_is_ahead_of_its_migrations() -> None:
    """`makemigrations` would have nothing to do."""
    call_command("makemigrations", "--check", "--dry-run", verbosity=3)
