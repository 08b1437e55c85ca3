"""Plans of models that no feed can have."""

from __future__ import annotations

import pytest
from django.db import models
from django.test.utils import isolate_apps

from feedsync.capture import plan
from feedsync.errors import ConfigurationError
from tests.db.capture.marks import registered
from tests.library.models import Copy, Language


@isolate_apps("tests.library")
def test_a_composite_primary_key_is_refused() -> None:
    """One text has to name the object."""

    class Pair(models.Model):
        pk = models.CompositePrimaryKey("left", "right")
        left = models.IntegerField()
        right = models.IntegerField()

        class Meta:
            app_label = "library"

    with registered(Pair, "left"), pytest.raises(ConfigurationError, match="composite primary key"):
        plan.plan_of(Pair)


def test_plans_are_made_once() -> None:
    """Until a registration changes."""
    assert plan.plan_of(Copy) is plan.plan_of(Copy)
    before = plan.plan_of(Copy)
    with registered(Language, "code", replacing=True):
        assert plan.plan_of(Copy) is not before


def test_a_table_without_a_feed_has_no_plan(django_user_model: type[models.Model]) -> None:
    """That is what makes it cost nothing."""
    assert plan.plan_of(django_user_model) is None
