"""Feeds in dependency order."""

from __future__ import annotations

from django.db import models

from feedsync import order
from tests.unit.registering import registering


def test_what_others_refer_to_comes_first() -> None:
    """Copy refers to Language and Tag, Language to Country."""
    wanted = ["library.copy", "library.country", "library.tag", "library.language"]
    assert order.parents_first(wanted) == ["library.country", "library.language", "library.tag", "library.copy"]


def test_a_cycle_is_broken_at_the_same_edge_every_time() -> None:
    """RingA and RingB refer to each other: the order is the same whatever comes in."""
    assert order.parents_first(["library.ringa", "library.ringb"]) == ["library.ringb", "library.ringa"]
    assert order.parents_first(["library.ringb", "library.ringa"]) == ["library.ringb", "library.ringa"]


def test_a_cycle_breaks_where_it_is_needed_least() -> None:
    """A board knows its last post, a post is known by its thread, and that by its board: the board comes first."""
    with registering() as register:

        class Board(models.Model):
            last = models.ForeignKey("Posting", models.SET_NULL, null=True)
            name = models.CharField(max_length=9, unique=True)

            class Meta:
                app_label = "library"

        class Posting(models.Model):
            thread = models.ForeignKey("Thread", models.CASCADE)
            number = models.IntegerField()

            class Meta:
                app_label = "library"

        class Thread(models.Model):
            board = models.ForeignKey(Board, models.CASCADE)
            first = models.ForeignKey(Posting, models.CASCADE)
            name = models.CharField(max_length=9)

            class Meta:
                app_label = "library"

        register(Board, "name")
        register(Posting, "thread", "number")
        register(Thread, "board", "name")
        labels = ["library.posting", "library.thread", "library.board"]
        assert order.parents_first(labels) == ["library.board", "library.thread", "library.posting"]


def test_an_unknown_feed_comes_last() -> None:
    """A label that isn't registered is kept, behind everything that is."""
    assert order.parents_first(["a.unknown", "library.copy"]) == ["library.copy", "a.unknown"]
