"""What the gate makes of several changes of one object that don't come at once."""

from __future__ import annotations

import pytest
from django.db import transaction

from consumers.apply.gate import Gate
from consumers.apply.outcome import Mode
from feedsync.wire.page import Change

pytestmark = pytest.mark.django_db

OLD = Change(feed="library.tag", key='["b"]', version=5, origin="studio", fields={"slug": "b"}, former=('["a"]',))
YOUNG = Change(feed="library.tag", key='["b"]', version=7, origin="studio", fields={"slug": "b"})


def test_what_joins_tells_what_older_news_of_its_object_told() -> None:
    """It waited, and doesn't say which key its object left: another one has that key."""
    with transaction.atomic():
        gate = Gate("default", Mode.LIVE)
        gate.admit([OLD])
        [joined] = gate.admit([YOUNG], again=True)
    assert (joined.version, joined.former, joined.left_at) == (7, ('["a"]',), ((5, "studio"),))


def test_what_joins_and_is_older_ends_the_key_that_its_object_left() -> None:
    """That is all that it still says."""
    with transaction.atomic():
        gate = Gate("default", Mode.LIVE)
        gate.admit([YOUNG])
        [burial] = gate.admit([OLD], again=True)
    assert (burial.key, burial.deleted) == ('["a"]', True)
    assert {change.version for change in gate.passed.values() if not change.deleted} == {YOUNG.version}
