"""What is particular about Pub/Sub: attempts, outages, names and errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from django.test import override_settings

from emulator import Emulator
from feedsync.errors import ConfigurationError, TransientError
from feedsync.transport import clients
from feedsync.transport.names import subscription_path, topic_path
from feedsync.transport.pubsub import PubSubPublisher, configured
from feedsync.wire.page import Page

TOPIC = "projects/test/topics/feedsync"
PAGE = Page(attributes={"feed": "library.country"}, data=b"one", count=1)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator() as cloud:
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        yield cloud


def feedsync(**changes: Any) -> Any:
    return override_settings(FEEDSYNC={"ENVIRONMENT": "studio", **changes})


def test_a_short_failure_is_not_noticed(cloud: Emulator) -> None:
    """Two unavailable answers are followed by a third attempt."""
    cloud.create_topic(TOPIC)
    cloud.fail(method="Publish", code=grpc.StatusCode.UNAVAILABLE, times=2)
    PubSubPublisher("feedsync").publish([PAGE])
    assert len(cloud.published(TOPIC)) == 1


def test_after_an_outage_the_same_client_publishes_again(cloud: Emulator) -> None:
    """An outage is a TransientError; when it is over nothing needs a restart."""
    cloud.create_topic(TOPIC)
    publisher = PubSubPublisher("feedsync")
    publisher.publish([PAGE])
    cloud.stop_serving()
    with pytest.raises(TransientError):
        publisher.publish([PAGE])
    cloud.serve()
    for _ in range(50):
        try:
            publisher.publish([PAGE])
            break
        except TransientError:
            continue
    assert len(cloud.published(TOPIC)) == 2


def test_a_missing_topic_names_the_command_that_makes_it(cloud: Emulator) -> None:
    """The sentence is something to act on."""
    with pytest.raises(TransientError, match="feedsync_setup"):
        PubSubPublisher("unknown").publish([PAGE])


def test_a_process_has_one_client(cloud: Emulator) -> None:
    """Built on first use, and used again."""
    assert clients.publisher() is clients.publisher()
    assert clients.subscriber() is clients.subscriber()


def test_names_become_full_paths() -> None:
    """A short name gets the project; a full path stays."""
    with feedsync(GOOGLE_CLOUD_PROJECT="p"):
        assert topic_path("t") == "projects/p/topics/t"
        assert subscription_path("s") == "projects/p/subscriptions/s"
        assert topic_path("projects/q/topics/t") == "projects/q/topics/t"


def test_a_name_without_project_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """ConfigurationError with the key."""
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    with feedsync(), pytest.raises(ConfigurationError, match="GOOGLE_CLOUD_PROJECT"):
        topic_path("t")


def test_without_a_topic_there_is_no_publisher() -> None:
    """TOPIC None publishes nothing (R14)."""
    with feedsync(TOPIC=None):
        assert configured() is None
