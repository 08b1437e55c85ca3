"""Feeds in dependency order."""

from __future__ import annotations

from feedsync import order


def test_what_others_refer_to_comes_first() -> None:
    """Copy refers to Language and Tag, Language to Country."""
    wanted = ["library.copy", "library.country", "library.tag", "library.language"]
    assert order.parents_first(wanted) == ["library.country", "library.language", "library.tag", "library.copy"]


def test_a_cycle_is_broken_at_the_same_edge_every_time() -> None:
    """RingA and RingB refer to each other: the order is the same whatever comes in."""
    assert order.parents_first(["library.ringa", "library.ringb"]) == ["library.ringb", "library.ringa"]
    assert order.parents_first(["library.ringb", "library.ringa"]) == ["library.ringb", "library.ringa"]


def test_an_unknown_feed_comes_last() -> None:
    """A label that isn't registered is kept, behind everything that is."""
    assert order.parents_first(["a.unknown", "library.copy"]) == ["library.copy", "a.unknown"]
