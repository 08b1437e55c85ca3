"""Streaming pull, against the emulator: everything arrives, once in effect, whatever happens on the way."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.utils import timezone

from consumers.models import DataSource, ParkedChange
from consumers.streaming.consumer import Limits
from emulator import Emulator
from feedsync import clock
from feedsync.models import LedgerEntry
from tests.db.apply.building import country, language, tag
from tests.db.consume.consuming import SUBSCRIPTION, TOPIC, consume, consuming, send
from tests.library.models import Country, Language, Tag

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("studio")]
V = clock.at(1_000_000)
IDLE = Limits(idle_seconds=0.6)


def test_a_change_is_applied_and_then_acknowledged(cloud: Emulator) -> None:
    """An acknowledged message is committed (invariant 4)."""
    with consuming():
        send(cloud, tag("a", V + 1, origin="studio"))
        cloud.drain(SUBSCRIPTION)
        assert Tag.objects.get().slug == "a"


def test_a_source_shows_when_something_came_last_and_how_late(cloud: Emulator) -> None:
    """The status of a source has the time of its last message and its lag."""
    send(cloud, tag("a", V + 1, origin="studio"))
    before = timezone.now()
    consume(IDLE)
    source = DataSource.objects.get()
    assert source.last_received_at is not None
    assert before <= source.last_received_at <= timezone.now()
    assert source.lag_milliseconds is not None


def test_duplicates_and_overtaking_end_in_the_newest_state(cloud: Emulator) -> None:
    """Pages that come in any order, and twice, end in the same state (invariant 6)."""
    cloud.duplicate(seed=3, share=0.5)
    cloud.shuffle(seed=5, within_seconds=0.2)
    with consuming():
        for version in range(20):
            for code in "abcde":
                send(cloud, country(code, V + version, name=f"{code}{version}", origin="studio"))
                send(cloud, language(code, "x", V + version, origin="studio"))
        cloud.drain(SUBSCRIPTION)
    assert sorted(Country.objects.values_list("name", flat=True)) == [f"{code}19" for code in "abcde"]
    assert Language.objects.count() == 5
    assert not ParkedChange.objects.exists()


def test_several_consumers_share_the_work(cloud: Emulator) -> None:
    """Consumers side by side apply everything, each object once."""
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(consuming()).wait_for("receiving")
        for number in range(100):
            send(cloud, *(tag(f"t{number}-{each}", V + number, origin="studio") for each in range(5)))
        cloud.drain(SUBSCRIPTION)
    assert Tag.objects.count() == 500
    assert LedgerEntry.objects.filter(feed="library.tag").count() == 500


def test_an_outage_of_pubsub_is_sat_out(cloud: Emulator) -> None:
    """The consumer says that Pub/Sub is away, once, and goes on when it is back."""
    with consuming() as said:
        send(cloud, tag("before", V, origin="studio"))
        cloud.drain(SUBSCRIPTION)
        cloud.stop_serving()
        said.wait_for("Pub/Sub can't be reached")
        send(cloud, tag("during", V, origin="studio"))
        cloud.serve()
        cloud.drain(SUBSCRIPTION)
        said.wait_for("works again")
    assert Tag.objects.filter(slug="during").exists()
    assert sum("can't be reached" in line for line in said.lines) <= 2


def test_streams_that_break_are_opened_again_in_silence(cloud: Emulator) -> None:
    """The cloud ends streams now and then; that is no trouble."""
    with consuming() as said:
        for number in range(3):
            send(cloud, tag(f"t{number}", V, origin="studio"))
            cloud.drain(SUBSCRIPTION)
            cloud.break_streams()
        send(cloud, tag("last", V, origin="studio"))
        cloud.drain(SUBSCRIPTION)
    assert Tag.objects.count() == 4
    assert not any("can't be reached" in line for line in said.lines)


def test_acknowledgements_that_fail_are_sent_again(cloud: Emulator) -> None:
    """A message is acknowledged in the end, also when Acknowledge fails at first."""
    import grpc

    cloud.fail(method="Acknowledge", code=grpc.StatusCode.UNAVAILABLE, times=2)
    with consuming():
        send(cloud, tag("a", V, origin="studio"))
        cloud.drain(SUBSCRIPTION)


def test_a_source_that_is_added_starts_by_itself(cloud: Emulator, studio: DataSource) -> None:
    """No restart for a new data source, nor for one that is switched off."""
    DataSource.objects.update(enabled=False)
    send(cloud, tag("a", V, origin="studio"))
    with consuming() as said:
        said.wait_for("No enabled data source has a subscription")
        DataSource.objects.update(enabled=True)
        said.wait_for(f"studio: receiving {SUBSCRIPTION}")
        cloud.drain(SUBSCRIPTION)
        DataSource.objects.update(enabled=False)
        said.wait_for("studio: no longer received")
        send(cloud, tag("b", V, origin="studio"))
        assert [message.attributes["feed"] for message in cloud.outstanding(SUBSCRIPTION)] == ["library.tag"]
    assert list(Tag.objects.values_list("slug", flat=True)) == ["a"]


def test_a_missing_subscription_is_named_with_the_remedy(cloud: Emulator) -> None:
    """The consumer says what to run, and starts when it was run."""
    missing = f"{SUBSCRIPTION}-2"
    DataSource.objects.update(subscription=missing)
    with consuming() as said:
        line = said.wait_for("does not exist")
        assert missing in line
        assert "manage.py feedsync_setup" in line
        cloud.create_subscription(missing, TOPIC)
        send(cloud, tag("a", V, origin="studio"))
        cloud.drain(missing)
    assert Tag.objects.exists()


def test_until_idle_ends_with_everything_applied(cloud: Emulator) -> None:
    """It ends after the silence, not before the last message."""
    sent = sum(send(cloud, tag(f"t{number}", V, origin="studio")) for number in range(50))
    consumer, _ = consume(IDLE)
    assert consumer.report.messages == sent
    assert Tag.objects.count() == 50
    assert cloud.outstanding(SUBSCRIPTION) == []


def test_until_idle_tells_what_could_not_be_reached(cloud: Emulator) -> None:
    """Silence because of an outage is no success."""
    cloud.stop_serving()
    consumer, _ = consume(Limits(idle_seconds=1.5))
    assert "Pub/Sub can't be reached" in " ".join(consumer.report.problems)


def test_max_messages_leaves_the_rest_to_others(cloud: Emulator) -> None:
    """What was received and not applied is given back at once."""
    for number in range(10):
        send(cloud, tag(f"t{number}", V, origin="studio"))
    consumer, _ = consume(Limits(messages=4))
    assert consumer.report.messages == 4
    assert Tag.objects.count() == 4
    consume(IDLE)
    assert Tag.objects.count() == 10


def test_only_the_named_sources_are_received(cloud: Emulator) -> None:
    """`--source` leaves the others alone."""
    send(cloud, tag("a", V, origin="studio"))
    consume(IDLE, names=["another"])
    assert not Tag.objects.exists()
