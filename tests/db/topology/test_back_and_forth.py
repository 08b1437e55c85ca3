"""Two environments whose handlers undo each other's work: noticed, paused, shown, resumed (P7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models.signals import post_save
from django.test import override_settings

from feedsync import conf, status
from feedsync.models import FeedState, Mark
from feedsync.testing import World
from tests.db.topology.shapes import world
from tests.library.models import Country, Tag

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

LIMIT = 5


@pytest.fixture(autouse=True)
def _limit() -> Iterator[None]:
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, "MAX_ALTERNATIONS": LIMIT}):
        yield


@pytest.fixture
def normalising() -> Iterator[None]:
    """Each environment writes its own name over whatever it receives."""

    def write(instance: Any, using: str, raw: bool, **_: object) -> None:
        mine = conf.settings().environment
        if raw and mine in "ab" and instance.label != mine:
            Tag.objects.using(using).filter(pk=instance.pk).update(label=mine)

    post_save.connect(write, sender=Tag, weak=False, dispatch_uid="back and forth")
    yield
    post_save.disconnect(sender=Tag, dispatch_uid="back and forth")


@pytest.mark.parametrize("shape", ["mesh", "star", "ring"])
def test_p07_a_feed_that_goes_back_and_forth_is_paused(shape: str, normalising: None, databases: None) -> None:
    """One side stops publishing; its marks stay, and other feeds go on."""
    there = world(shape, 3)
    with there.on("a"):
        Tag.objects.create(slug="x", label="a")
    there.settle()
    states = [state for name in "ab" for state in FeedState.objects.using(there.alias(name)).exclude(paused_since=None)]
    assert {state.feed for state in states} == {"library.tag"}
    assert all("x went back and forth with" in state.paused_because for state in states)
    assert sum(there.published(name) for name in "abc") < 20 * LIMIT
    with there.on("a"):
        Country.objects.create(code="x", name="")
    there.settle()
    assert not [line for line in there.differences("a", "b", "c") if "country" in line]


def test_p07_a_paused_feed_is_shown_and_resumed(normalising: None, databases: None) -> None:
    """By `feedsync_status`, with the reason; a person resumes it, and what waited is published."""
    there = world("mesh", 3)
    with there.on("a"):
        Tag.objects.create(slug="x", label="a")
    there.settle()
    post_save.disconnect(sender=Tag, dispatch_uid="back and forth")
    assert any(Mark.objects.using(there.alias(name)).exists() for name in ("a", "b"))
    for name in ("a", "b"):
        with there.on(name) as alias:
            paused = FeedState.objects.using(alias).filter(paused_since__isnull=False).exists()
            shown = status.report()["databases"][alias]["feeds"]["library.tag"]
            assert bool(shown["paused_since"]) is paused
            if paused:
                call_command("feedsync_relay", "--resume", "library.Tag", "--database", alias, stdout=StringIO())
            with pytest.raises(CommandError, match="not paused"):
                call_command("feedsync_relay", "--resume", "library.tag", "--database", alias, stdout=StringIO())
    there.settle()
    there.assert_converged()


def _by_turns(there: World, pause: Callable[[], None]) -> None:
    for turn in range(3 * LIMIT):
        with there.on("ab"[turn % 2]):
            Tag.objects.update_or_create(slug="x", defaults={"label": str(turn)})
        there.settle()
        pause()


def test_p07_people_who_edit_by_turns_are_not_paused(databases: None) -> None:
    """Every two minutes one, then the other."""
    there = world("mesh", 3)
    _by_turns(there, lambda: there.time.pass_by(120_000))
    assert not FeedState.objects.using(there.alias("a")).exclude(paused_since=None).exists()
    there.assert_converged()


def test_p07_zero_never_pauses(databases: None) -> None:
    """Whoever knows better sets MAX_ALTERNATIONS to 0."""
    with override_settings(FEEDSYNC={**settings.FEEDSYNC, "MAX_ALTERNATIONS": 0}):
        there = world("mesh", 3)
        _by_turns(there, lambda: None)
    assert not FeedState.objects.using(there.alias("a")).exclude(paused_since=None).exists()
