"""Topics and subscriptions through the official client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions

from tests.emulator.conftest import Clients, Pair


def test_a_topic_is_created_shown_listed_and_deleted(clients: Clients, names: Pair) -> None:
    """A topic lives from its creation to its deletion."""
    publisher = clients.publisher
    created = publisher.create_topic(request={"name": names.topic, "labels": {"team": "data"}})
    assert publisher.get_topic(topic=names.topic) == created
    assert [topic.name for topic in publisher.list_topics(project=names.project)] == [names.topic]
    publisher.delete_topic(topic=names.topic)
    with pytest.raises(exceptions.NotFound):
        publisher.get_topic(topic=names.topic)


@pytest.mark.not_at_googles_emulator
def test_a_subscription_shows_the_defaults_of_the_cloud(clients: Clients, pair: Pair) -> None:
    """What was left open is shown as the cloud would set it."""
    shown = clients.subscriber.get_subscription(subscription=pair.subscription)
    assert shown.topic == pair.topic
    assert shown.ack_deadline_seconds == 10
    assert shown.message_retention_duration.days == 7
    assert shown.expiration_policy.ttl.days == 31
    assert shown.state.name == "ACTIVE"


def test_settings_are_kept_and_shown(clients: Clients, names: Pair) -> None:
    """Policies that were sent are shown as sent."""
    clients.publisher.create_topic(name=names.topic)
    sent = {
        "name": names.subscription,
        "topic": names.topic,
        "ack_deadline_seconds": 60,
        "filter": 'attributes:lang AND NOT attributes.lang = "de"',
        "labels": {"team": "data"},
        "retry_policy": {"minimum_backoff": {"seconds": 1}, "maximum_backoff": {"seconds": 9}},
        "dead_letter_policy": {"dead_letter_topic": names.topic, "max_delivery_attempts": 7},
    }
    clients.subscriber.create_subscription(request=sent)
    shown = clients.subscriber.get_subscription(subscription=names.subscription)
    assert shown.ack_deadline_seconds == 60
    assert shown.filter == sent["filter"]
    assert dict(shown.labels) == {"team": "data"}
    assert shown.retry_policy.maximum_backoff.seconds == 9
    assert shown.dead_letter_policy.max_delivery_attempts == 7


def test_an_update_changes_what_the_mask_names_and_nothing_else(clients: Clients, pair: Pair) -> None:
    """The field mask decides."""
    changed = {"name": pair.subscription, "ack_deadline_seconds": 99, "labels": {"a": "b"}}
    clients.subscriber.update_subscription(
        request={"subscription": changed, "update_mask": {"paths": ["ack_deadline_seconds"]}}
    )
    shown = clients.subscriber.get_subscription(subscription=pair.subscription)
    assert shown.ack_deadline_seconds == 99
    assert not shown.labels
    assert shown.topic == pair.topic


def test_an_update_can_take_a_policy_away(clients: Clients, names: Pair) -> None:
    """A masked field that is not sent is cleared."""
    clients.publisher.create_topic(name=names.topic)
    policy = {"minimum_backoff": {"seconds": 1}}
    clients.subscriber.create_subscription(
        request={"name": names.subscription, "topic": names.topic, "retry_policy": policy}
    )
    clients.subscriber.update_subscription(
        request={"subscription": {"name": names.subscription}, "update_mask": {"paths": ["retry_policy"]}}
    )
    assert "retry_policy" not in clients.subscriber.get_subscription(subscription=names.subscription)


@pytest.mark.parametrize("path", ["filter", "topic", "no_such_field"])
def test_an_update_of_what_is_fixed_is_refused(clients: Clients, pair: Pair, path: str) -> None:
    """Topic and filter are for life, and a mask names fields that exist."""
    with pytest.raises(exceptions.InvalidArgument):
        clients.subscriber.update_subscription(
            request={"subscription": {"name": pair.subscription}, "update_mask": {"paths": [path]}}
        )


@pytest.mark.not_at_googles_emulator
def test_a_topics_labels_can_be_replaced(clients: Clients, names: Pair) -> None:
    """An update of a map replaces it as a whole."""
    clients.publisher.create_topic(request={"name": names.topic, "labels": {"old": "1"}})
    clients.publisher.update_topic(
        request={"topic": {"name": names.topic, "labels": {"new": "2"}}, "update_mask": {"paths": ["labels"]}}
    )
    assert dict(clients.publisher.get_topic(topic=names.topic).labels) == {"new": "2"}


def test_the_push_configuration_is_kept(clients: Clients, pair: Pair) -> None:
    """A push endpoint is shown after it was set."""
    clients.subscriber.modify_push_config(
        request={"subscription": pair.subscription, "push_config": {"push_endpoint": "https://example.com/push"}}
    )
    shown = clients.subscriber.get_subscription(subscription=pair.subscription)
    assert shown.push_config.push_endpoint == "https://example.com/push"


def test_lists_come_in_pages(clients: Clients, names: Pair) -> None:
    """A page size smaller than the list still shows everything, once."""
    wanted = [f"{names.topic}-{number}" for number in range(5)]
    for name in wanted:
        clients.publisher.create_topic(name=name)
    pages = clients.publisher.list_topics(request={"project": names.project, "page_size": 2})
    assert [topic.name for topic in pages] == wanted


def test_the_subscriptions_of_a_topic_and_of_a_project_are_listed(clients: Clients, pair: Pair) -> None:
    """Both lists name the subscription."""
    assert list(clients.publisher.list_topic_subscriptions(topic=pair.topic)) == [pair.subscription]
    listed = clients.subscriber.list_subscriptions(project=pair.project)
    assert [subscription.name for subscription in listed] == [pair.subscription]


def test_a_subscription_outlives_its_topic_and_says_so(clients: Clients, pair: Pair) -> None:
    """After the topic's deletion, the subscription shows the cloud's marker."""
    clients.publisher.delete_topic(topic=pair.topic)
    assert clients.subscriber.get_subscription(subscription=pair.subscription).topic == "_deleted-topic_"


@pytest.mark.parametrize(
    "name",
    ["nonsense", "projects/p/topics/x", "projects/p/topics/1abc", "projects/p/topics/goog-x", "projects/p/topics/a b"],
)
def test_bad_topic_names_are_refused(clients: Clients, name: str) -> None:
    """Names follow the cloud's rules."""
    with pytest.raises(exceptions.InvalidArgument):
        clients.publisher.create_topic(name=name)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"ack_deadline_seconds": 5}, marks=pytest.mark.not_at_googles_emulator),
        {"ack_deadline_seconds": 601},
        pytest.param({"filter": "colour = blue"}, marks=pytest.mark.not_at_googles_emulator),
        {"message_retention_duration": {"seconds": 60}},
    ],
)
def test_bad_settings_are_refused(clients: Clients, names: Pair, fields: dict[str, Any]) -> None:
    """Settings outside the cloud's limits are not accepted."""
    clients.publisher.create_topic(name=names.topic)
    with pytest.raises(exceptions.InvalidArgument):
        clients.subscriber.create_subscription(request={"name": names.subscription, "topic": names.topic, **fields})


def test_names_are_taken_once(clients: Clients, pair: Pair) -> None:
    """A second creation is refused with ALREADY_EXISTS."""
    with pytest.raises(exceptions.AlreadyExists):
        clients.publisher.create_topic(name=pair.topic)
    with pytest.raises(exceptions.AlreadyExists):
        clients.subscriber.create_subscription(name=pair.subscription, topic=pair.topic)


def test_what_does_not_exist_is_not_found(clients: Clients, names: Pair) -> None:
    """Every call on a missing resource ends with NOT_FOUND."""
    subscriber, missing = clients.subscriber, names.subscription
    calls: list[Callable[[], Any]] = [
        lambda: clients.publisher.delete_topic(topic=names.topic),
        lambda: clients.publisher.publish(names.topic, b"x").result(timeout=10),
        lambda: subscriber.create_subscription(name=missing, topic=names.topic),
        lambda: subscriber.get_subscription(subscription=missing),
        lambda: subscriber.delete_subscription(subscription=missing),
        lambda: subscriber.pull(subscription=missing, max_messages=1),
        lambda: subscriber.acknowledge(subscription=missing, ack_ids=["x"]),
        lambda: subscriber.subscribe(missing, callback=lambda message: None).result(timeout=10),
    ]
    for call in calls:
        with pytest.raises(exceptions.NotFound):
            call()
