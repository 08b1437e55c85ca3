"""The names that users rely on are there, and no others are promised."""

from __future__ import annotations

import feedsync


def test_the_public_names_of_feedsync() -> None:
    """What `from feedsync import *` gives is pinned here."""
    assert sorted(feedsync.__all__) == ["capture_disabled", "register_model", "unregister"]


def test_every_public_name_is_there() -> None:
    """`__all__` promises nothing that is missing."""
    assert [name for name in feedsync.__all__ if not hasattr(feedsync, name)] == []
