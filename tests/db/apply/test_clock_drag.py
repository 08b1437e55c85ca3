"""A clock that is ahead drags others along by five minutes, and no further (P8)."""

from __future__ import annotations

import pytest
from django.db import transaction

from consumers.apply import apply
from consumers.models import ParkedChange
from feedsync import clock
from feedsync.models import LedgerEntry
from feedsync.relay.batch import Batch
from feedsync.relay.worker import Worker
from feedsync.transport.memory import MemoryTransport
from tests.db.apply.building import tag
from tests.library.models import Tag

pytestmark = pytest.mark.django_db(transaction=True)

NOW = 1_750_000_000_000
MINUTE = 60_000


def edited(minutes: int) -> float:
    """By how many minutes our own edit's version is ahead, after a change that was so far ahead came."""
    clock.read("default", lambda: NOW)
    apply([tag("a", clock.at(NOW + minutes * MINUTE))], using="default", now=lambda: NOW)
    Tag.objects.update_or_create(slug="a", defaults={"label": "ours"})
    Batch(Worker(using="default", now=lambda: NOW), MemoryTransport()).run()
    version = LedgerEntry.objects.exclude(object_pk=None).get().version
    return (clock.milliseconds(version) - NOW) / MINUTE


def test_p08_a_little_ahead_is_followed() -> None:
    """Our edit came later, so it is newer, and no newer than it has to be."""
    assert edited(4) == 4


def test_p08_far_ahead_drags_no_clock() -> None:
    """The change waits; our edit, and whatever this environment does next, has the time of here."""
    assert edited(6) == 0
    assert ParkedChange.objects.get().reason == ParkedChange.Reason.CLOCK
    with transaction.atomic():
        assert clock.milliseconds(clock.reserve("default", now=lambda: NOW)) == NOW
