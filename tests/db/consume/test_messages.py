"""Messages that are no changes for us: none of them is dropped, none of them stops the others."""

from __future__ import annotations

import base64

import pytest

from consumers import dead
from consumers.apply.batch import retry_parked
from consumers.models import ParkedChange
from consumers.receiving import keeping
from consumers.receiving.delivery import Delivery, Source
from consumers.receiving.judging import Hold
from consumers.streaming.consumer import Limits
from emulator import Emulator
from feedsync import clock
from feedsync.errors import MalformedPage
from feedsync.models import DeadChange
from feedsync.wire import json
from feedsync.wire.page import encode_pages
from tests.db.apply.building import tag, upsert
from tests.db.consume.consuming import SUBSCRIPTION, TOPIC, consume, send
from tests.library.models import Tag
from tests.unit.consume.pages import page_bytes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("studio")]
V = clock.at(1_000_000)
IDLE = Limits(idle_seconds=0.6)


def test_a_message_that_is_no_page_is_buried_whole(cloud: Emulator) -> None:
    """A person can see and get back every byte of it (invariant 7); the others are applied."""
    cloud.publish(TOPIC, b"\x00 no page", feed="library.tag", origin="studio")
    send(cloud, tag("a", V, origin="studio"))
    _, said = consume(IDLE)
    row = DeadChange.objects.get()
    assert (row.side, row.feed, row.origin) == (DeadChange.Side.REPLICA, "library.tag", "studio")
    assert base64.b64decode(json.loads(row.payload)["message"]) == b"\x00 no page"
    assert Tag.objects.count() == 1
    assert cloud.outstanding(SUBSCRIPTION) == []
    assert any("1 REFUSED" in line for line in said.lines)


def test_the_same_poison_again_is_the_same_row(cloud: Emulator) -> None:
    """A message that is delivered twice does not fill the table."""
    for _ in range(2):
        cloud.publish(TOPIC, b"no page")
        consume(IDLE)
    assert DeadChange.objects.count() == 1


def test_attributes_that_fit_no_column_are_left_out(cloud: Emulator) -> None:
    """Whatever a publisher writes into the attributes, the message is kept."""
    cloud.publish(TOPIC, b"no page", feed="x" * 900)
    cloud.publish(TOPIC, b"no page either", feed="nul\x00")
    consume(IDLE)
    assert list(DeadChange.objects.values_list("feed", flat=True)) == ["", ""]
    assert cloud.outstanding(SUBSCRIPTION) == []


def test_a_dead_message_is_no_change_that_could_be_replayed() -> None:
    """Replaying it says so."""
    row = DeadChange(feed="library.tag", origin="studio", payload='{"message": "AA=="}')
    with pytest.raises(MalformedPage):
        dead.change_of(row)


def test_another_origin_than_the_source_is_refused(cloud: Emulator) -> None:
    """Who may write to one topic must not speak for every environment."""
    send(cloud, tag("a", V, origin="stranger"))
    consume(IDLE)
    assert not Tag.objects.exists()
    assert "stranger" in DeadChange.objects.get().reason
    assert cloud.outstanding(SUBSCRIPTION) == []


def test_our_own_pages_are_passed_by(cloud: Emulator) -> None:
    """What comes back in a circle is acknowledged and changes nothing (invariant 8)."""
    send(cloud, tag("a", V, origin="shop"))
    consume(IDLE)
    assert not Tag.objects.exists()
    assert not DeadChange.objects.exists()
    assert cloud.outstanding(SUBSCRIPTION) == []


def test_feeds_that_are_not_registered_here_are_counted(cloud: Emulator) -> None:
    """The source may publish more than we want."""
    send(cloud, upsert("unheard", ["a"], V, origin="studio", slug="a"))
    _, said = consume(IDLE)
    assert cloud.outstanding(SUBSCRIPTION) == []
    assert any("1 ignored" in line for line in said.lines)


def test_a_page_of_a_newer_wire_waits_here(cloud: Emulator) -> None:
    """It is stored before it is acknowledged, and no sweep trips over it."""
    cloud.publish(TOPIC, page_bytes(wire=999, origin="studio"), feed="library.tag", origin="studio")
    _, said = consume(IDLE)
    held = ParkedChange.objects.get()
    assert (held.reason, held.feed, held.origin) == (ParkedChange.Reason.WIRE, "library.tag", "studio")
    assert cloud.outstanding(SUBSCRIPTION) == []
    assert any("1 held until feedsync is upgraded" in line for line in said.lines)
    retry_parked("default")
    assert keeping.apply_held("default").total == 0
    assert ParkedChange.objects.count() == 1


def test_held_pages_are_applied_after_the_upgrade(cloud: Emulator) -> None:
    """The consumer that can read them applies them when it starts, and forgets them then."""
    (page,) = encode_pages([tag("a", V, origin="studio")], incarnation="i")
    source = Source(name="studio", subscription=SUBSCRIPTION)
    delivery = Delivery(source=source, ack_id="1", data=page.data, attributes=page.attributes)
    keeping.hold(Hold(delivery=delivery, alias="default", reason="too new"))
    consume(IDLE)
    assert Tag.objects.get().slug == "a"
    assert not ParkedChange.objects.exists()
