"""Objects that need each other, neither of which may be null (R18)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from consumers.apply import Outcome, apply
from consumers.models import ParkedChange
from feedsync.wire.page import Change
from tests.db.apply.building import deletion, upsert
from tests.db.capture.marks import registered
from tests.library.models import KnotA, KnotB

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _feeds() -> Iterator[None]:
    with registered(KnotA, "code"), registered(KnotB, "code"):
        yield


def receive(*changes: Change) -> Outcome:
    return apply(changes, using="default")


def knot(version: int, a: str = "a", b: str = "b") -> tuple[Change, Change]:
    return upsert("knota", [a], version, code=a, b=[b]), upsert("knotb", [b], version, code=b, a=[a])


def add_wrong() -> None:
    with transaction.atomic():
        KnotA.objects.create(code="c", b_id=10**6)
        connection.check_constraints()


def tied() -> bool:
    return KnotA.objects.get().b == KnotB.objects.get() and KnotB.objects.get().a == KnotA.objects.get()


def test_r18_they_come_together() -> None:
    """In one page; MariaDB, which checks row by row, looks away until both are there."""
    assert receive(*knot(5)).created == 2
    assert tied()


def test_r18_they_wait_for_each_other() -> None:
    """In two pages the first one is parked, and the second one brings it."""
    first, second = knot(5)
    assert receive(first).parked == 1
    assert receive(second).created == 2
    assert tied()


def test_foreign_keys_are_looked_at_again_afterwards() -> None:
    """What is wrong later is refused as ever."""
    receive(*knot(5))
    with pytest.raises(IntegrityError):
        add_wrong()


def test_deletions_of_a_knot() -> None:
    """Together they go; on MariaDB neither may go first, so both changes wait."""
    receive(*knot(5))
    outcome = receive(deletion("knota", ["a"], 6), deletion("knotb", ["b"], 6))
    if connection.features.can_defer_constraint_checks:
        assert (outcome.parked, KnotA.objects.count(), KnotB.objects.count()) == (0, 0, 0)
    else:
        assert (outcome.deleted, outcome.parked, ParkedChange.objects.count()) == (0, 2, 2)
        assert tied()
