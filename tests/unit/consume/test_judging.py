"""A message in, a verdict out; no database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_django import Settings

from consumers.receiving.delivery import Delivery, Source
from consumers.receiving.judging import Apply, Hold, Pass, Poison, judge
from tests.unit.consume.pages import page_bytes

CHANGE = {"k": ["a"], "v": 1, "f": {"slug": "a"}}
SOURCE = Source(name="studio", subscription="projects/p/subscriptions/s")


@pytest.fixture(autouse=True)
def _shop(settings: Settings) -> None:
    settings.FEEDSYNC = {"ENVIRONMENT": "shop", "GOOGLE_CLOUD_PROJECT": "test"}


def delivery(data: bytes) -> Delivery:
    return Delivery(source=SOURCE, ack_id="1", data=data, attributes={"feed": "library.tag"})


def test_a_page_of_the_source_is_for_the_database_of_its_feed() -> None:
    """The alias is the feed's."""
    verdict = judge(delivery(page_bytes(changes=[CHANGE])))
    assert isinstance(verdict, Apply)
    assert (verdict.alias, [change.key for change in verdict.changes]) == ("default", ['["a"]'])


def test_our_own_page_is_passed_by() -> None:
    """Even if it is full of changes."""
    assert judge(delivery(page_bytes(origin="shop", changes=[CHANGE]))) == Pass(
        delivery=delivery(page_bytes(origin="shop", changes=[CHANGE]))
    )


def test_our_own_page_may_tell_of_a_deletion() -> None:
    """Somebody deleted the object before we made it anew, and whoever passes it on has heard of that."""
    page = page_bytes(origin="shop", sender="studio", changes=[CHANGE, CHANGE | {"k": ["b"], "v": 9, "x": 7}])
    forwarded = replace(delivery(page), source=replace(SOURCE, forwards=True))
    verdict = judge(forwarded)
    assert isinstance(verdict, Apply)
    assert [(change.key, change.version, change.deleted) for change in verdict.changes] == [('["b"]', 7, True)]
    assert isinstance(judge(delivery(page)), Pass)


def test_an_unknown_feed_is_passed_by_and_counted() -> None:
    """It is no error to want less than the source has."""
    verdict = judge(delivery(page_bytes(feed="library.unheard", changes=[CHANGE, CHANGE])))
    assert isinstance(verdict, Pass)
    assert verdict.ignored == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zstd",
        page_bytes(wire=0),
        page_bytes(feed=""),
        page_bytes(origin="stranger", changes=[CHANGE]),
        page_bytes(changes=[{"k": []}]),
        page_bytes(changes=["x"]),
    ],
)
def test_what_is_no_page_of_the_source_is_poison(data: bytes) -> None:
    """Broken, hostile or foreign: never applied, and never an exception."""
    verdict = judge(delivery(data))
    assert isinstance(verdict, Poison)
    assert verdict.reason


def test_a_newer_wire_is_held_not_refused() -> None:
    """Whatever else is in it: an older feedsync can't know what a newer one means."""
    assert isinstance(judge(delivery(page_bytes(wire=2, changes=["x"]))), Hold)
