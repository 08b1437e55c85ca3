"""Several consumers on one database at once: the same objects in any order, and each deadlock tried again (R15)."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from consumers.apply import Outcome, apply
from feedsync.models import LedgerEntry
from feedsync.wire.page import Change
from tests.db.apply.building import copy, country, deletion, language, tag
from tests.library.models import Copy, Country, Language, Tag

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.two_writers]
CONSUMERS = 3
LAST = 8


def history() -> list[Change]:
    """Every version of some objects; the last one of some tags is their deletion."""
    changes: list[Change] = []
    for version in range(5, LAST + 1):
        changes += [country("GB", version, name=f"v{version}"), language("GB", "en", version)]
        changes += [copy(f"k{number}", version, tags=("t0",), value=f"v{version}") for number in range(12)]
        for number in range(12):
            gone = version == LAST and number >= 6
            slug = f"t{number}"
            changes.append(deletion("tag", [slug], version) if gone else tag(slug, version))
    return changes


def consume(seed: int) -> Outcome:
    """All of it, in an order and in pages of one's own."""
    dice = random.Random(seed)
    changes = history()
    dice.shuffle(changes)
    outcome = Outcome()
    try:
        while changes:
            size = dice.randint(1, 25)
            page, changes = changes[:size], changes[size:]
            outcome.add(apply(page, using="default"))
    finally:
        connections["default"].close()
    return outcome


def test_r15_consumers_side_by_side_end_in_the_newest_state() -> None:
    """No version is lost or goes back, and no error comes out."""
    with ThreadPoolExecutor(CONSUMERS) as pool:
        outcomes = list(pool.map(consume, range(CONSUMERS)))
    assert sum(outcome.dead for outcome in outcomes) == 0
    assert Country.objects.get().name == f"v{LAST}"
    assert Language.objects.count() == 1
    assert set(Copy.objects.values_list("value", flat=True)) == {f"v{LAST}"}
    assert Tag.objects.count() == 6
    assert Copy.objects.filter(tags__slug="t0").count() == 12
    assert set(LedgerEntry.objects.values_list("version", flat=True)) == {LAST}
