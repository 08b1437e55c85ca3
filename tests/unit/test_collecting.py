"""Garbage is collected less often inside, and as before afterwards."""

from __future__ import annotations

import gc

from feedsync import collecting


def test_thresholds_are_given_back() -> None:
    """A command that runs inside another process leaves no trace."""
    before = gc.get_threshold()
    with collecting.seldom():
        assert gc.get_threshold() == collecting.THRESHOLDS
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_what_was_there_before_is_not_looked_at() -> None:
    """Django's own objects stay out of every collection."""
    with collecting.seldom():
        assert gc.get_freeze_count() > 1_000
