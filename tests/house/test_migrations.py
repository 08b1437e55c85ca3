"""Migrations keep up with the models."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader


@pytest.mark.django_db(databases=["default", "other"])
def test_no_model_is_ahead_of_its_migrations() -> None:
    """`makemigrations` would have nothing to do."""
    call_command("makemigrations", "--check", "--dry-run", verbosity=3)


def test_processes_of_the_release_before_can_go_on_writing() -> None:
    """An added column is nullable or has a default in the database, so that a rolling deployment may migrate first."""
    loader = MigrationLoader(None)
    ours = [migration for (app, _), migration in loader.disk_migrations.items() if app.startswith("feedsync")]
    added = [step for migration in ours for step in migration.operations if isinstance(step, AddField)]
    bad = [step.name for step in added if not (step.field.null or step.field.has_db_default())]
    assert added
    assert bad == []
