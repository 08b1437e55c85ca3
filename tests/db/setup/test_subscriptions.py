"""`feedsync_setup` at the replica: each enabled data source has its subscription, as it should be."""

from __future__ import annotations

import datetime as dt
from typing import Any

import grpc
import pytest

from consumers.models import DataPull, DataSource
from emulator import Emulator
from feedsync.transport import clients
from tests.db.pull.source import Source
from tests.db.setup.conftest import SetUp
from tests.unit.http.server import Server

pytestmark = pytest.mark.django_db(databases=["default", "other"])
NAME = "projects/test/subscriptions/feedsync-shop-from-studio"
TOPIC = "projects/test/topics/studio"


@pytest.fixture
def studio(cloud: Emulator, server: Server) -> DataSource:
    """The data source, whose topic is there."""
    cloud.create_topic(TOPIC)
    source = DataSource(env_name="studio", env_url=server.url)
    DataSource.objects.bulk_create([source])
    return source


def subscription() -> Any:
    return clients.subscriber().get_subscription(subscription=NAME)


def test_subscription_is_made(studio: DataSource, set_up: SetUp) -> None:
    """It keeps messages for 31 days, never expires, and is noted on the data source."""
    good, said = set_up()
    made = subscription()
    studio.refresh_from_db()

    assert good
    assert f"Subscription {NAME} was made" in said
    assert made.topic == TOPIC
    assert made.message_retention_duration == dt.timedelta(days=31)
    assert not made.expiration_policy.ttl
    assert made.ack_deadline_seconds == 60
    assert made.retry_policy.minimum_backoff == dt.timedelta(seconds=1)
    assert made.retry_policy.maximum_backoff == dt.timedelta(seconds=60)
    assert made.filter == ""
    assert studio.subscription == NAME


def test_again_changes_nothing(studio: DataSource, set_up: SetUp) -> None:
    """Set-up is idempotent, and --check agrees."""
    set_up()

    assert f"Subscription {NAME} is as it should be" in set_up()[1]
    assert set_up("--check")[0]


def test_check_only_reports(studio: DataSource, set_up: SetUp) -> None:
    """A missing subscription is told with the command for it."""
    good, said = set_up("--check")
    studio.refresh_from_db()

    assert not good
    assert f"Subscription {NAME} is missing" in said
    assert f"gcloud pubsub subscriptions create {NAME} --topic={TOPIC}" in said
    assert studio.subscription == ""


def test_other_settings_are_mended(studio: DataSource, cloud: Emulator, set_up: SetUp) -> None:
    """What somebody else made is brought into shape, and --check says what differs before."""
    cloud.create_subscription(NAME, TOPIC, ack_deadline_seconds=10)
    set_up("--check")
    assert "message_retention_duration" in set_up("--check")[1]

    good, said = set_up()
    assert good
    assert f"Subscription {NAME} was changed" in said
    assert subscription().message_retention_duration == dt.timedelta(days=31)
    assert not subscription().expiration_policy.ttl
    assert set_up("--check")[0]


def test_filter_is_told(studio: DataSource, cloud: Emulator, set_up: SetUp) -> None:
    """A filter would lose changes, and Pub/Sub can't change it."""
    cloud.create_subscription(NAME, TOPIC, filter='attributes.feed = "library.tag"')
    good, said = set_up()

    assert not good
    assert "can't be changed" in said


def test_subscription_of_a_topic_that_was_deleted(studio: DataSource, cloud: Emulator, set_up: SetUp) -> None:
    """It will never bring anything again, which is told."""
    set_up()
    clients.publisher().delete_topic(topic=TOPIC)
    cloud.create_topic(TOPIC)
    good, said = set_up()

    assert not good
    assert "delete it, then set up again" in said


def test_topic_that_is_missing(studio: DataSource, set_up: SetUp) -> None:
    """It says where to run set-up first."""
    clients.publisher().delete_topic(topic=TOPIC)

    assert "run feedsync_setup at studio first" in set_up()[1]


def test_p09_subscription_made_anew_schedules_a_pull(studio: DataSource, set_up: SetUp) -> None:
    """What was published while there was none is in no message; the first one schedules nothing."""
    set_up()
    assert not DataPull.objects.exists()

    DataPull.objects.bulk_create([DataPull(data_source=studio, status="done")])
    clients.subscriber().delete_subscription(subscription=NAME)
    assert "feedsync_pull studio" in set_up()[1]
    assert sorted(DataPull.objects.values_list("status", flat=True)) == ["done", "waiting"]


def test_sources_that_are_off(studio: DataSource, set_up: SetUp) -> None:
    """A disabled data source needs no subscription."""
    DataSource.objects.update(enabled=False)

    assert "Subscription" not in set_up()[1]


def test_source_that_publishes_nothing(studio: DataSource, source: Source, set_up: SetUp) -> None:
    """Snapshots only: nothing to subscribe to, and nothing wrong."""
    source.topic = None
    good, said = set_up()

    assert good
    assert "snapshot only" in said


def test_source_that_is_down(studio: DataSource, set_up: SetUp) -> None:
    """Its topic isn't known; everything else is set up all the same."""
    DataSource.objects.update(env_url="http://127.0.0.1:9")
    good, said = set_up()

    assert not good
    assert "Subscription of studio failed" in said
    assert "Topic projects/test/topics/feedsync was made" in said


def test_subscribing_without_permission(studio: DataSource, cloud: Emulator, set_up: SetUp) -> None:
    """Who may not is told the exact commands and roles."""
    cloud.fail(method="CreateSubscription", code=grpc.StatusCode.PERMISSION_DENIED)
    good, said = set_up()

    assert not good
    assert f"gcloud pubsub subscriptions create {NAME}" in said
    assert "--role=roles/pubsub.subscriber" in said
    assert "--expiration-period=never" in said
