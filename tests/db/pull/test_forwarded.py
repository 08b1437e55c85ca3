"""Pages that a source passes on: taken from one that has said so, held until it was asked, else refused (P7)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from consumers.hearing import asking
from consumers.models import DataSource, ParkedChange
from consumers.receiving.delivery import Delivery, source_of
from consumers.receiving.handling import Ack, handle
from consumers.receiving.judging import Apply, Hold, Pass, Poison, judge
from feedsync.models import DeadChange
from feedsync.wire.page import Change, encode_pages
from tests.db.apply.building import tag as a_tag
from tests.db.pull.pulling import World
from tests.db.pull.source import NOW, Source, tag
from tests.library.models import Tag
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def studio(server: Server, source: Source) -> DataSource:
    source.rows = {"library.tag": [tag("x")]}
    [row] = DataSource.objects.bulk_create(
        [DataSource(env_name="studio", env_url=server.url, subscription="projects/p/subscriptions/s")]
    )
    return row


def delivery(row: DataSource, change: Change, *, sender: str = "studio") -> Delivery:
    [page] = encode_pages([change], incarnation="i", sender=sender)
    now = timezone.now().timestamp()
    return Delivery(source=source_of(row), ack_id="1", data=page.data, attributes=page.attributes, published_at=now)


def take(row: DataSource, change: Change) -> Ack:
    [result] = handle([judge(delivery(row, change))])
    assert isinstance(result, Ack)
    return result


def test_p07_a_page_says_who_passed_it_on() -> None:
    """In its attributes, too, for the filters of subscriptions; the origin's own page says nothing of it."""
    change = a_tag("a", NOW, origin="lab")
    [passed_on], [own] = (list(encode_pages([change], incarnation="i", sender=name)) for name in ("studio", "lab"))
    assert passed_on.attributes == {"feed": "library.tag", "origin": "lab", "wire": "1", "sender": "studio"}
    assert own.attributes == {"feed": "library.tag", "origin": "lab", "wire": "1"}


def test_p07_only_who_said_so_speaks_for_others(studio: DataSource) -> None:
    """By the list of the source's contract; our own changes come back and are passed by; strangers are refused."""
    studio.forwards = ["lab"]
    assert isinstance(judge(delivery(studio, a_tag("a", NOW, origin="lab"))), Apply)
    assert isinstance(judge(delivery(studio, a_tag("a", NOW, origin="museum"))), Hold)
    assert isinstance(judge(delivery(studio, a_tag("a", NOW, origin="shop"))), Pass)
    assert isinstance(judge(delivery(studio, a_tag("a", NOW, origin="lab"), sender="lab")), Poison)
    assert isinstance(judge(delivery(studio, a_tag("a", NOW, origin="lab"), sender="museum")), Poison)


def test_p07_a_page_is_held_until_its_source_was_asked(studio: DataSource, source: Source) -> None:
    """FORWARD was set there a moment ago: nothing is lost, and nobody has to do anything."""
    assert take(studio, a_tag("a", NOW, origin="lab")).held
    assert ParkedChange.objects.get().reason == ParkedChange.Reason.FORWARDED
    source.forwards = True
    asking.ask("default", open_http=World().open_source)
    assert Tag.objects.get().slug == "a"
    assert not ParkedChange.objects.exists()
    studio.refresh_from_db()
    assert not take(studio, a_tag("b", NOW, origin="lab")).held


def test_p07_who_does_not_forward_is_refused(studio: DataSource) -> None:
    """The source says that it passes nothing on: whoever wrote to its topic isn't believed."""
    take(studio, a_tag("a", NOW, origin="lab"))
    asking.ask("default", open_http=World().open_source)
    assert not Tag.objects.exists()
    assert not ParkedChange.objects.exists()
    assert "It was asked, and doesn't: refused." in DeadChange.objects.get().reason


def test_p07_a_source_that_cannot_be_asked_leaves_pages_held(studio: DataSource, server: Server) -> None:
    """They are judged again when it answers."""
    take(studio, a_tag("a", NOW, origin="lab"))
    DataSource.objects.update(env_url="http://127.0.0.1:1")
    asking.ask("default", open_http=World().open_source)
    assert ParkedChange.objects.count() == 1
