"""`feedsync_deadletters`: what Pub/Sub put aside is brought back, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from pytest_django import Settings

from consumers.models import DataSource
from emulator import Emulator
from feedsync.models import DeadChange
from feedsync.transport import clients
from tests.db.doors.calling import SUBSCRIPTION
from tests.db.doors.test_push import PAGE
from tests.library.models import Tag

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC, DEAD = "projects/test/topics/studio", "projects/test/topics/feedsync-dead"
ASIDE = "projects/test/subscriptions/feedsync-shop-dead"


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch, studio: DataSource, settings: Settings) -> Iterator[Emulator]:
    """A subscription that puts messages aside after five deliveries."""
    with Emulator() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        for topic in (TOPIC, DEAD):
            running.create_topic(topic)
        running.create_subscription(ASIDE, DEAD)
        policy = {"dead_letter_topic": DEAD, "max_delivery_attempts": 5}
        running.create_subscription(SUBSCRIPTION, TOPIC, dead_letter_policy=policy)
        yield running


def put_aside(cloud: Emulator, data: bytes) -> None:
    """Publish, and refuse it until Pub/Sub has enough of it."""
    cloud.publish(TOPIC, data, feed="library.tag", origin="studio", wire="1")
    client = clients.subscriber()
    while not cloud.outstanding(ASIDE):
        received = client.pull(subscription=SUBSCRIPTION, max_messages=1).received_messages
        for each in received:
            client.modify_ack_deadline(subscription=SUBSCRIPTION, ack_ids=[each.ack_id], ack_deadline_seconds=0)


def command(*arguments: str) -> tuple[bool, str]:
    out = StringIO()
    try:
        call_command("feedsync_deadletters", *arguments, stdout=out, stderr=out, no_color=True)
    except CommandError as error:
        return False, f"{out.getvalue()}{error}"
    return True, out.getvalue()


def test_messages_are_brought_back(cloud: Emulator) -> None:
    """Applied, and then gone from the dead-letter subscription; a second run finds nothing."""
    put_aside(cloud, PAGE)
    assert command() == (True, "1 brought back, 0 left\n")
    assert Tag.objects.get().label == "A"
    assert cloud.outstanding(ASIDE) == []
    assert command() == (True, "0 brought back, 0 left\n")


def test_list_leaves_them(cloud: Emulator) -> None:
    """A look takes nothing away."""
    put_aside(cloud, PAGE)
    good, said = command("--list")
    assert good
    assert "of studio: library.tag" in said
    assert len(cloud.outstanding(ASIDE)) == 1
    assert command() == (True, "1 brought back, 0 left\n")


def test_what_fails_again_stays(cloud: Emulator) -> None:
    """While the database is away, nothing is acknowledged."""

    def away(execute: Any, sql: str, *arguments: Any) -> Any:
        if "library_tag" in sql:
            raise OperationalError("the server closed the connection")
        return execute(sql, *arguments)

    put_aside(cloud, PAGE)
    with connection.execute_wrapper(away):
        good, said = command()
    assert not good
    assert "1 left" in said
    assert len(cloud.outstanding(ASIDE)) == 1


def test_message_of_another_environments_subscription_stays(cloud: Emulator) -> None:
    """A dead-letter topic may be shared; what isn't ours is left to whom it belongs."""
    put_aside(cloud, PAGE)
    DataSource.objects.update(subscription="projects/test/subscriptions/other")
    good, said = command()
    assert not good
    assert "feedsync-shop-from-studio" in said
    assert len(cloud.outstanding(ASIDE)) == 1


def test_poison_becomes_a_dead_change(cloud: Emulator) -> None:
    """It is in the database then, for a person, and not in Pub/Sub."""
    put_aside(cloud, b"no page")
    assert command()[0]
    assert DeadChange.objects.count() == 1
    assert cloud.outstanding(ASIDE) == []


def test_without_a_subscription(cloud: Emulator) -> None:
    """It says what to run."""
    clients.subscriber().delete_subscription(subscription=ASIDE)
    assert "feedsync_setup" in command()[1]


def test_none_is_said() -> None:
    """An empty list is no silence."""
    assert command("--list") == (True, "No messages are put aside.\n")
