"""`feedsync_setup` at the source: the database's stamp, the topic and the dead-letter topic."""

from __future__ import annotations

import grpc
import pytest
from pytest_django import Settings

from emulator import Emulator
from feedsync import clock
from feedsync.models import Clock
from feedsync.transport import clients
from tests.db.setup.conftest import SetUp

pytestmark = pytest.mark.django_db(databases=["default", "other"])


def topics() -> list[str]:
    return sorted(topic.name for topic in clients.publisher().list_topics(project="projects/test"))


def test_topics_are_made(cloud: Emulator, set_up: SetUp) -> None:
    """The topic and the dead-letter topic, and it says so."""
    good, said = set_up()

    assert good
    assert topics() == ["projects/test/topics/feedsync", "projects/test/topics/feedsync-dead"]
    assert said.count("was made") == 5  # with its subscription; and two databases were stamped


def test_again_changes_nothing(cloud: Emulator, set_up: SetUp) -> None:
    """Set-up is idempotent."""
    set_up()
    good, said = set_up()

    assert good
    assert said.count("is as it should be") == len(said.splitlines()) == 5


def test_check_only_reports(cloud: Emulator, set_up: SetUp) -> None:
    """What is missing is told with the command for it, ends with status 1, and stays missing."""
    good, said = set_up("--check")

    assert not good
    assert said.count("is missing") == 5
    assert "gcloud pubsub topics create projects/test/topics/feedsync-dead" in said
    assert topics() == []
    assert not Clock.objects.exists()


def test_check_is_content_after_set_up(cloud: Emulator, set_up: SetUp) -> None:
    """Status 0 where nothing differs."""
    set_up()

    assert set_up("--check")[0]


def test_topic_of_another_project(cloud: Emulator, set_up: SetUp, settings: Settings) -> None:
    """A topic may be named in full."""
    settings.FEEDSYNC = {**settings.FEEDSYNC, "TOPIC": "projects/shared/topics/all"}
    set_up()

    found = [topic.name for topic in clients.publisher().list_topics(project="projects/shared")]
    assert sorted(found) == ["projects/shared/topics/all", "projects/shared/topics/all-dead"]


def test_environment_that_publishes_nothing(set_up: SetUp, settings: Settings) -> None:
    """Without a topic nothing is asked of Pub/Sub, which need not be there."""
    settings.FEEDSYNC = {**settings.FEEDSYNC, "TOPIC": None}

    assert set_up()[0]


def test_set_up_without_permission(cloud: Emulator, set_up: SetUp) -> None:
    """Who may not is told the exact commands and roles for somebody who may."""
    cloud.fail(method="CreateTopic", code=grpc.StatusCode.PERMISSION_DENIED, times=2)
    good, said = set_up()

    assert not good
    assert "roles/pubsub.editor" in said
    assert "gcloud pubsub topics create projects/test/topics/feedsync\n" in said
    assert "--role=roles/pubsub.publisher" in said


def test_pubsub_that_is_away(cloud: Emulator, set_up: SetUp) -> None:
    """An outage is told, and no traceback."""
    cloud.fail(method="GetTopic", code=grpc.StatusCode.UNAVAILABLE, times=2)
    good, said = set_up()

    assert not good
    assert said.count("failed") == 3  # and what belongs to a topic that is not there


def test_project_that_is_unknown(set_up: SetUp, settings: Settings) -> None:
    """Without a project it says what to set."""
    settings.FEEDSYNC = {**settings.FEEDSYNC, "GOOGLE_CLOUD_PROJECT": ""}
    good, said = set_up()

    assert not good
    assert 'FEEDSYNC["GOOGLE_CLOUD_PROJECT"]' in said


def test_p10_database_of_another_environment(cloud: Emulator, set_up: SetUp) -> None:
    """A copy is recognised and not used silently."""
    clock.read("default")
    Clock.objects.update(environment="studio")
    good, said = set_up()

    assert not good
    assert "Database default differs: it belongs to studio" in said
    assert "--adopt" in said
