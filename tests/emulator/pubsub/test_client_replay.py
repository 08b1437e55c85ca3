"""Snapshots and Seek through the official client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions

from emulator import Emulator
from tests.emulator.collecting import publish_at_once, pulled
from tests.emulator.conftest import Clients, Pair


@pytest.fixture
def snapshot(names: Pair) -> str:
    """The name of a snapshot that does not exist yet."""
    return names.subscription.replace("/subscriptions/", "/snapshots/")


def acknowledge_all(clients: Clients, subscription: str) -> list[bytes]:
    """Acknowledge what there is, and say what it was."""
    received = pulled(clients.subscriber, subscription)
    if received:
        clients.subscriber.acknowledge(subscription=subscription, ack_ids=[each.ack_id for each in received])
    return [each.message.data for each in received]


@pytest.mark.not_at_googles_emulator
def test_a_snapshot_is_created_shown_updated_listed_and_deleted(clients: Clients, pair: Pair, snapshot: str) -> None:
    """A snapshot lives seven days from its creation, or less."""
    subscriber = clients.subscriber
    made = subscriber.create_snapshot(
        request={"name": snapshot, "subscription": pair.subscription, "labels": {"team": "data"}}
    )
    assert (made.name, made.topic, dict(made.labels)) == (snapshot, pair.topic, {"team": "data"})
    assert timedelta(days=6, hours=23) < made.expire_time - datetime.now(UTC) <= timedelta(days=7, minutes=1)
    assert subscriber.get_snapshot(snapshot=snapshot) == made
    assert list(subscriber.list_snapshots(project=pair.project)) == [made]
    assert list(clients.publisher.list_topic_snapshots(request={"topic": pair.topic})) == [snapshot]
    sooner = datetime.now(UTC) + timedelta(hours=2)
    updated = subscriber.update_snapshot(
        request={
            "snapshot": {"name": snapshot, "expire_time": sooner, "labels": {"a": "b"}},
            "update_mask": {"paths": ["expire_time"]},
        }
    )
    assert dict(updated.labels) == {"team": "data"}
    assert abs(updated.expire_time - sooner) < timedelta(seconds=1)
    subscriber.delete_snapshot(snapshot=snapshot)
    with pytest.raises(exceptions.NotFound):
        subscriber.get_snapshot(snapshot=snapshot)


@pytest.mark.not_at_googles_emulator
def test_the_server_names_what_has_no_name(clients: Clients, pair: Pair) -> None:
    """Snapshots and subscriptions without a name are given one in the project of what they are made from."""
    snapshot = clients.subscriber.create_snapshot(request={"subscription": pair.subscription})
    subscription = clients.subscriber.create_subscription(request={"topic": pair.topic})
    assert snapshot.name.startswith(f"{pair.project}/snapshots/")
    assert subscription.name.startswith(f"{pair.project}/subscriptions/")
    assert clients.subscriber.get_subscription(subscription=subscription.name) == subscription


@pytest.mark.not_at_googles_emulator
def test_a_seek_to_a_snapshot_replays_into_another_subscription(clients: Clients, pair: Pair, snapshot: str) -> None:
    """What the one owed, and what was published since, is owed by the other."""
    second = pair.subscription + "-2"
    clients.subscriber.create_subscription(name=second, topic=pair.topic)
    publish_at_once(clients.publisher, pair.topic, [b"done"])
    acknowledge_all(clients, pair.subscription)
    publish_at_once(clients.publisher, pair.topic, [b"owed"])
    clients.subscriber.create_snapshot(name=snapshot, subscription=pair.subscription)
    publish_at_once(clients.publisher, pair.topic, [b"later"])
    assert acknowledge_all(clients, second) == [b"done", b"owed", b"later"]
    clients.subscriber.seek(request={"subscription": second, "snapshot": snapshot})
    assert acknowledge_all(clients, second) == [b"owed", b"later"]


def test_a_seek_to_now_purges(clients: Clients, pair: Pair) -> None:
    """Everything published before counts as acknowledged, leased or not."""
    publish_at_once(clients.publisher, pair.topic, [b"a", b"b"])
    pulled(clients.subscriber, pair.subscription, limit=1)
    clients.subscriber.seek(request={"subscription": pair.subscription, "time": datetime.now(UTC) + timedelta(days=1)})
    assert pulled(clients.subscriber, pair.subscription) == []
    publish_at_once(clients.publisher, pair.topic, [b"c"])
    assert acknowledge_all(clients, pair.subscription) == [b"c"]


@pytest.mark.not_at_googles_emulator
def test_a_topics_retention_replays_to_a_new_subscription(clients: Clients, names: Pair) -> None:
    """The topic's retention is shown by its subscriptions, and a seek back finds what was published before them."""
    clients.publisher.create_topic(request={"name": names.topic, "message_retention_duration": {"seconds": 600}})
    publish_at_once(clients.publisher, names.topic, [b"early"])
    made = clients.subscriber.create_subscription(name=names.subscription, topic=names.topic)
    assert made.topic_message_retention_duration == timedelta(minutes=10)
    assert pulled(clients.subscriber, names.subscription) == []
    past = datetime.now(UTC) - timedelta(minutes=5)
    clients.subscriber.seek(request={"subscription": names.subscription, "time": past})
    assert acknowledge_all(clients, names.subscription) == [b"early"]


@pytest.mark.not_at_googles_emulator
def test_what_cannot_be_replayed_is_refused(clients: Clients, pair: Pair, snapshot: str) -> None:
    """Each with the status that says why."""
    subscriber = clients.subscriber
    subscriber.create_snapshot(name=snapshot, subscription=pair.subscription)
    missing = pair.subscription + "-missing"
    stranger = {"name": f"{pair.topic}-other"}
    clients.publisher.create_topic(request=stranger)
    other = subscriber.create_subscription(name=f"{pair.subscription}-other", topic=stranger["name"]).name
    calls: list[tuple[type[Exception], Callable[[], Any]]] = [
        (exceptions.AlreadyExists, lambda: subscriber.create_snapshot(name=snapshot, subscription=pair.subscription)),
        (exceptions.NotFound, lambda: subscriber.create_snapshot(name=snapshot + "-2", subscription=missing)),
        (exceptions.InvalidArgument, lambda: subscriber.create_snapshot(name="x", subscription=pair.subscription)),
        (exceptions.NotFound, lambda: subscriber.seek(request={"subscription": missing, "snapshot": snapshot})),
        (exceptions.NotFound, lambda: seek(subscriber, pair.subscription, snapshot + "-missing")),
        (exceptions.FailedPrecondition, lambda: seek(subscriber, other, snapshot)),
        (exceptions.InvalidArgument, lambda: subscriber.seek(request={"subscription": pair.subscription})),
        (exceptions.InvalidArgument, lambda: update(subscriber, snapshot, [])),
        (exceptions.InvalidArgument, lambda: update(subscriber, snapshot, ["topic"])),
        (exceptions.InvalidArgument, lambda: update(subscriber, snapshot, ["expire_time"])),
    ]
    for refusal, call in calls:
        with pytest.raises(refusal):
            call()


def seek(subscriber: Any, subscription: str, snapshot: str) -> None:
    """Seek to a snapshot."""
    subscriber.seek(request={"subscription": subscription, "snapshot": snapshot})


def update(subscriber: Any, snapshot: str, paths: list[str]) -> None:
    """Update a snapshot with what is past or fixed."""
    sent = {"name": snapshot, "topic": "projects/p/topics/other", "expire_time": {"seconds": 1}}
    subscriber.update_snapshot(request={"snapshot": sent, "update_mask": {"paths": paths}})


def test_idle_subscriptions_and_old_snapshots_go(cloud: Emulator, own: Clients, own_pair: Pair) -> None:
    """The emulator's clock brings their end."""
    snapshot = own.subscriber.create_snapshot(request={"subscription": own_pair.subscription})
    cloud.advance(7 * 86_400 + 1)
    with pytest.raises(exceptions.NotFound):
        own.subscriber.get_snapshot(snapshot=snapshot.name)
    own.subscriber.get_subscription(subscription=own_pair.subscription)
    cloud.advance(31 * 86_400)
    with pytest.raises(exceptions.NotFound):
        own.subscriber.get_subscription(subscription=own_pair.subscription)
