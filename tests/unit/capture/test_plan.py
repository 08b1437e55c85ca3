"""Plans of tables: made once, and none for what concerns no feed."""

from __future__ import annotations

from django.db import models

from feedsync.capture import plan
from tests.db.capture.marks import registered
from tests.library.models import Copy, Language


def test_plans_are_made_once() -> None:
    """Until a registration changes."""
    assert plan.plan_of(Copy) is plan.plan_of(Copy)
    before = plan.plan_of(Copy)
    with registered(Language, "code", replacing=True):
        assert plan.plan_of(Copy) is not before


def test_a_table_without_a_feed_has_no_plan(django_user_model: type[models.Model]) -> None:
    """That is what makes it cost nothing."""
    assert plan.plan_of(django_user_model) is None
