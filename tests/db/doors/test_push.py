"""`feedsync/push/`: what Pub/Sub pushes is applied, kept or left, and the status says which."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from consumers.models import DataSource, ParkedChange
from feedsync import clock
from feedsync.models import Clock, DeadChange, Mark
from tests.db.doors.calling import CHORES, PUSH, SUBSCRIPTION, Google
from tests.library.models import Language, Tag
from tests.unit.consume.pages import page_bytes

pytestmark = pytest.mark.django_db(transaction=True)

NOW = clock.at(clock.wall_clock())
PAGE = page_bytes(changes=[{"k": ["a"], "v": NOW, "f": {"slug": "a", "label": "A"}}])
METADATA = {
    "x_goog_pubsub_subscription_name": SUBSCRIPTION,
    "x_goog_pubsub_message_id": "7",
    "x_goog_pubsub_publish_time": "2026-11-24T12:00:00.5Z",
    "feed": "library.tag",
}


def test_wrapped_push_is_applied(google: Google, studio: DataSource) -> None:
    """Committed when the answer says success; no echo; the source shows when something came."""
    assert google.push(PAGE).status_code == 204
    assert Tag.objects.get().label == "A"
    assert not Mark.objects.exists()
    studio.refresh_from_db()
    assert studio.last_received_at is not None
    assert studio.lag_milliseconds


def test_unwrapped_push_with_metadata_is_applied(google: Google, studio: DataSource) -> None:
    """The body is the message's data, the rest is in headers."""
    assert google.post(PUSH, PAGE, **METADATA).status_code == 204
    assert Tag.objects.get().label == "A"


def test_unwrapped_push_without_metadata_needs_one_source_only(google: Google, studio: DataSource) -> None:
    """With a second source that is pushed, nobody could tell whose it is."""
    assert google.post(PUSH, PAGE).status_code == 204
    other = DataSource(env_name="lab", env_url="https://lab.example", subscription="lab", delivery="push")
    DataSource.objects.bulk_create([other])
    assert google.post(PUSH, PAGE).status_code == 400


def test_twice_has_one_effect(google: Google, studio: DataSource) -> None:
    """Pub/Sub may deliver again whatever we answered."""
    assert [google.push(PAGE).status_code for _ in range(2)] == [204, 204]
    assert Tag.objects.count() == 1


def test_child_before_its_parent_is_parked_and_acknowledged(google: Google, studio: DataSource) -> None:
    """It is in the database before the answer (invariant 7)."""
    change = {"k": ["GB", "en"], "v": NOW, "f": {"country": ["GB"], "code": "en"}}
    assert google.push(page_bytes(feed="library.language", changes=[change])).status_code == 204
    assert ParkedChange.objects.get().reason == ParkedChange.Reason.MISSING
    assert not Language.objects.exists()


@pytest.mark.parametrize(
    "data",
    [b"no page", page_bytes(origin="stranger", changes=[{"k": ["a"], "v": NOW, "f": {"slug": "a"}}])],
    ids=["no page", "another origin"],
)
def test_what_is_no_page_of_the_source_is_kept_for_a_person(data: bytes, google: Google, studio: DataSource) -> None:
    """A dead change with all of its bytes, and then acknowledged: it would never become better."""
    assert google.push(data).status_code == 204
    assert DeadChange.objects.get().origin == "studio"
    assert not Tag.objects.exists()


def test_chores_without_a_consumer(google: Google, studio: DataSource) -> None:
    """Cloud Scheduler calls: what was held or parked is tried again, here a page that an older feedsync held."""
    ParkedChange.objects.bulk_create([parked_page()])
    assert google.call(CHORES).status_code == 200
    assert Tag.objects.filter(slug="a").exists()
    assert not ParkedChange.objects.exists()


def parked_page() -> ParkedChange:
    """Held by an older feedsync that could not read it."""
    message = {"message": base64.b64encode(PAGE).decode()}
    return ParkedChange(
        feed="library.tag",
        key_hash="h",
        key="k",
        version=0,
        origin="studio",
        payload=json.dumps(message),
        reason=ParkedChange.Reason.WIRE,
    )


def test_page_of_a_newer_wire_is_held(google: Google, studio: DataSource) -> None:
    """Until feedsync is upgraded here."""
    assert google.push(page_bytes(wire=2)).status_code == 204
    assert ParkedChange.objects.get().reason == ParkedChange.Reason.WIRE


def test_unregistered_feed_and_own_page_are_passed_by(google: Google, studio: DataSource) -> None:
    """Acknowledged, and nothing is written."""
    change = {"k": ["a"], "v": NOW, "f": {"slug": "a"}}
    assert google.push(page_bytes(feed="library.unheard", changes=[change])).status_code == 204
    assert google.push(page_bytes(origin="shop", changes=[change])).status_code == 204
    assert not Tag.objects.exists()
    assert not DeadChange.objects.exists()


def test_subscription_of_nobody_is_refused(google: Google, studio: DataSource) -> None:
    """A page that this environment doesn't subscribe to is not for it, whatever is in it."""
    body = google.push(PAGE, subscription="projects/test/subscriptions/other")
    assert body.status_code == 403
    assert not Tag.objects.exists()


def test_disabled_source_leaves_its_messages_at_pubsub(google: Google, studio: DataSource) -> None:
    """They come when it is enabled again."""
    DataSource.objects.update(enabled=False)
    assert google.push(PAGE).status_code == 503
    assert not Tag.objects.exists()
    DataSource.objects.update(enabled=True)
    assert google.push(PAGE).status_code == 204
    assert Tag.objects.exists()


def test_database_that_is_away_makes_it_come_again(google: Google, studio: DataSource) -> None:
    """Nothing is acknowledged that isn't committed."""

    def away(execute: Any, sql: str, *arguments: Any) -> Any:
        if "library_tag" in sql:
            raise OperationalError("the server closed the connection")
        return execute(sql, *arguments)

    with connection.execute_wrapper(away):
        assert google.push(PAGE).status_code == 503
    assert not Tag.objects.exists()
    assert google.push(PAGE).status_code == 204
    assert Tag.objects.exists()


def test_p10_copy_of_another_environment_takes_nothing(google: Google, studio: DataSource) -> None:
    """Until it is adopted."""
    clock.read("default")
    Clock.objects.update(environment="production")
    assert google.push(PAGE).status_code == 500
    assert not Tag.objects.exists()


def test_only_post(google: Google, rf: RequestFactory) -> None:
    """There is nothing to see."""
    assert google.client.get(PUSH).status_code == 405
