"""`feedsync_setup` at the replica: each enabled data source has its subscription, as it should be."""

from __future__ import annotations

import datetime as dt
from typing import Any

import grpc
import pytest
from pytest_django import Settings

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

    assert NAME not in set_up()[1]


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


@pytest.fixture
def called(settings: Settings) -> None:
    """Google may call us."""
    account = {"SERVICE_ACCOUNT_EMAIL": "shop@test.iam.gserviceaccount.com"}
    settings.FEEDSYNC = {**settings.FEEDSYNC, **account, "BASE_URL": "https://shop.example"}


@pytest.mark.usefixtures("called")
def test_delivery_is_changed_both_ways(studio: DataSource, set_up: SetUp) -> None:
    """From a stream to push, with our URL and account, and back; what the subscription holds stays."""
    set_up()
    DataSource.objects.update(delivery="push")
    assert "push_config" in set_up("--check")[1]
    assert "was changed: push_config" in set_up()[1]
    push = subscription().push_config
    assert push.push_endpoint == push.oidc_token.audience == "https://shop.example/feedsync/push/"
    assert push.oidc_token.service_account_email == "shop@test.iam.gserviceaccount.com"
    assert set_up("--check")[0]

    DataSource.objects.update(delivery="stream")
    assert "was changed: push_config" in set_up()[1]
    assert subscription().push_config.push_endpoint == ""


def test_push_to_an_environment_without_a_url(studio: DataSource, set_up: SetUp) -> None:
    """It says what to set, and makes nothing that would not work."""
    DataSource.objects.update(delivery="push")
    good, said = set_up()
    assert not good
    assert "SERVICE_ACCOUNT_EMAIL" in said


@pytest.mark.usefixtures("called")
def test_push_without_permission(studio: DataSource, cloud: Emulator, set_up: SetUp) -> None:
    """The command has the endpoint and the account."""
    DataSource.objects.update(delivery="push")
    cloud.fail(method="CreateSubscription", code=grpc.StatusCode.PERMISSION_DENIED)
    said = set_up()[1]
    assert "--push-endpoint=https://shop.example/feedsync/push/" in said
    assert "--push-auth-service-account=shop@test.iam.gserviceaccount.com" in said
    assert "--push-auth-token-audience=https://shop.example/feedsync/push/" in said


def test_dead_letters_are_kept_and_a_policy_is_a_setting(studio: DataSource, set_up: SetUp, settings: Settings) -> None:
    """Topic and subscription are always there; the policy comes and goes with DEAD_LETTER_ATTEMPTS."""
    good, said = set_up()
    assert good, said
    kept = clients.subscriber().get_subscription(subscription="projects/test/subscriptions/feedsync-shop-dead")
    assert kept.topic == "projects/test/topics/feedsync-dead"
    assert kept.message_retention_duration == dt.timedelta(days=31)
    assert not subscription().dead_letter_policy.dead_letter_topic

    settings.FEEDSYNC = {**settings.FEEDSYNC, "DEAD_LETTER_ATTEMPTS": 50}
    assert "dead_letter_policy" in set_up()[1]
    policy = subscription().dead_letter_policy
    assert (policy.dead_letter_topic, policy.max_delivery_attempts) == ("projects/test/topics/feedsync-dead", 50)

    settings.FEEDSYNC = {**settings.FEEDSYNC, "DEAD_LETTER_ATTEMPTS": 0}
    set_up()
    assert not subscription().dead_letter_policy.dead_letter_topic


def test_replica_without_a_topic_has_dead_letters_too(studio: DataSource, set_up: SetUp, settings: Settings) -> None:
    """In a topic with the environment's name."""
    settings.FEEDSYNC = {**settings.FEEDSYNC, "TOPIC": None}
    good, said = set_up()
    assert good
    assert "Topic projects/test/topics/feedsync-shop-dead was made" in said
    assert "Subscription projects/test/subscriptions/feedsync-shop-dead was made" in said
