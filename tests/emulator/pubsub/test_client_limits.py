"""What the API refuses, through the official client: each limit, each mask that makes no sense, each odd ack id."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions

from emulator import Emulator
from tests.emulator.collecting import publish_at_once, pulled
from tests.emulator.conftest import Clients, Pair, connected

pytestmark = pytest.mark.not_at_googles_emulator


@pytest.mark.parametrize(
    "fields",
    [
        {"labels": {"Upper": "x"}},
        {"labels": {"1st": "x"}},
        {"labels": {"k" * 64: "x"}},
        {"labels": {"key": "v" * 64}},
        {"labels": {"key": "V"}},
        {"labels": {f"k{number}": "" for number in range(65)}},
        {"message_retention_duration": {"seconds": 599}},
        {"message_retention_duration": {"seconds": 31 * 86_400 + 1}},
    ],
)
def test_a_topic_outside_the_limits_is_refused(clients: Clients, names: Pair, fields: dict[str, Any]) -> None:
    """And so is an update that leads there."""
    with pytest.raises(exceptions.InvalidArgument):
        clients.publisher.create_topic(request={"name": names.topic, **fields})
    clients.publisher.create_topic(name=names.topic)
    with pytest.raises(exceptions.InvalidArgument):
        clients.publisher.update_topic(
            request={"topic": {"name": names.topic, **fields}, "update_mask": {"paths": list(fields)}}
        )


GONE = "projects/p/topics/nowhere"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"ack_deadline_seconds": 9}, exceptions.InvalidArgument),
        ({"ack_deadline_seconds": 601}, exceptions.InvalidArgument),
        ({"message_retention_duration": {"seconds": 599}}, exceptions.InvalidArgument),
        ({"message_retention_duration": {"seconds": 31 * 86_400 + 1}}, exceptions.InvalidArgument),
        ({"expiration_policy": {"ttl": {"seconds": 86_399}}}, exceptions.InvalidArgument),
        ({"retry_policy": {"maximum_backoff": {"seconds": 601}}}, exceptions.InvalidArgument),
        ({"retry_policy": {"minimum_backoff": {"seconds": 700}}}, exceptions.InvalidArgument),
        (
            {"retry_policy": {"minimum_backoff": {"seconds": 20}, "maximum_backoff": {"seconds": 10}}},
            exceptions.InvalidArgument,
        ),
        ({"dead_letter_policy": {"max_delivery_attempts": 5}}, exceptions.InvalidArgument),
        (
            {"dead_letter_policy": {"dead_letter_topic": GONE, "max_delivery_attempts": 4}},
            exceptions.InvalidArgument,
        ),
        (
            {"dead_letter_policy": {"dead_letter_topic": GONE, "max_delivery_attempts": 101}},
            exceptions.InvalidArgument,
        ),
        ({"dead_letter_policy": {"dead_letter_topic": GONE}}, exceptions.NotFound),
        ({"labels": {"Upper": "x"}}, exceptions.InvalidArgument),
        (
            {"push_config": {"push_endpoint": "https://example.com/"}, "enable_exactly_once_delivery": True},
            exceptions.InvalidArgument,
        ),
        (
            {"push_config": {"push_endpoint": "https://example.com/"}, "bigquery_config": {"table": "p.d.t"}},
            exceptions.InvalidArgument,
        ),
    ],
)
def test_a_subscription_outside_the_limits_is_refused(
    clients: Clients, pair: Pair, fields: dict[str, Any], refusal: type[Exception]
) -> None:
    """And an update that leads there changes nothing."""
    with pytest.raises(refusal):
        clients.subscriber.create_subscription(
            request={"name": pair.subscription + "-2", "topic": pair.topic, **fields}
        )
    before = clients.subscriber.get_subscription(subscription=pair.subscription)
    with pytest.raises(refusal):
        update(clients, pair, fields, list(fields))
    assert clients.subscriber.get_subscription(subscription=pair.subscription) == before


def update(clients: Clients, pair: Pair, fields: dict[str, Any], paths: list[str]) -> Any:
    """Update the subscription."""
    return clients.subscriber.update_subscription(
        request={"subscription": {"name": pair.subscription, **fields}, "update_mask": {"paths": paths}}
    )


def test_every_setting_of_a_subscription_can_be_changed(clients: Clients, pair: Pair) -> None:
    """One update, and all of it is shown; another without values, and the defaults are back."""
    fields = {
        "ack_deadline_seconds": 33,
        "retain_acked_messages": True,
        "message_retention_duration": timedelta(days=2),
        "labels": {"a": "b"},
        "expiration_policy": {"ttl": timedelta(days=3)},
        "dead_letter_policy": {"dead_letter_topic": pair.topic, "max_delivery_attempts": 9},
        "retry_policy": {"minimum_backoff": timedelta(seconds=1), "maximum_backoff": timedelta(seconds=2)},
        "enable_exactly_once_delivery": True,
    }
    before = clients.subscriber.get_subscription(subscription=pair.subscription)
    after = update(clients, pair, fields, list(fields))
    expected = type(before)({**type(before).to_dict(before), **fields})
    assert type(before).to_dict(after) == type(before).to_dict(expected)
    assert update(clients, pair, {}, list(fields)) == before


@pytest.mark.parametrize("path", ["name", "topic", "filter", "enable_message_ordering", "detached", "state", "nothing"])
def test_fixed_fields_are_not_updated(clients: Clients, pair: Pair, path: str) -> None:
    """What is immutable, only shown or unknown is refused by name."""
    with pytest.raises(exceptions.InvalidArgument, match=path):
        update(clients, pair, {}, [path])


@pytest.mark.parametrize("paths", [[], ["name"], ["state"], ["nothing"]])
def test_a_topic_is_updated_by_a_mask_that_makes_sense(clients: Clients, pair: Pair, paths: list[str]) -> None:
    """No mask, fixed fields and unknown ones are refused."""
    with pytest.raises(exceptions.InvalidArgument):
        clients.publisher.update_topic(request={"topic": {"name": pair.topic}, "update_mask": {"paths": paths}})


def test_a_topics_retention_can_be_taken_away(clients: Clients, pair: Pair) -> None:
    """A masked field without a value is cleared, and its subscriptions show it no more."""
    for retention in (timedelta(hours=1), None):
        clients.publisher.update_topic(
            request={
                "topic": {"name": pair.topic, "message_retention_duration": retention},
                "update_mask": {"paths": ["message_retention_duration"]},
            }
        )
        shown = clients.subscriber.get_subscription(subscription=pair.subscription)
        assert shown.topic_message_retention_duration == (retention or timedelta())


def test_an_ack_id_from_nowhere_is_refused_and_an_outdated_one_is_not(clients: Clients, pair: Pair) -> None:
    """Late acknowledgements and extensions are accepted in silence; what was never an ack id is named."""
    publish_at_once(clients.publisher, pair.topic, [b"a"])
    (received,) = pulled(clients.subscriber, pair.subscription)
    subscriber, name = clients.subscriber, pair.subscription
    subscriber.modify_ack_deadline(subscription=name, ack_ids=[received.ack_id], ack_deadline_seconds=0)
    subscriber.modify_ack_deadline(subscription=name, ack_ids=[received.ack_id], ack_deadline_seconds=60)
    subscriber.acknowledge(subscription=name, ack_ids=[received.ack_id])
    assert len(pulled(subscriber, name)) == 1
    for ack_ids in (["nonsense"], [], ["x" * 600_000]):
        with pytest.raises(exceptions.InvalidArgument):
            subscriber.acknowledge(subscription=name, ack_ids=ack_ids)
        with pytest.raises(exceptions.InvalidArgument):
            subscriber.modify_ack_deadline(subscription=name, ack_ids=ack_ids, ack_deadline_seconds=10)
    for seconds in (-1, 601):
        with pytest.raises(exceptions.InvalidArgument):
            subscriber.modify_ack_deadline(subscription=name, ack_ids=["1-1"], ack_deadline_seconds=seconds)


@pytest.mark.parametrize("size", [0, -1])
def test_a_pull_asks_for_at_least_one_message(clients: Clients, pair: Pair, size: int) -> None:
    """A pull of nothing is a mistake."""
    with pytest.raises(exceptions.InvalidArgument):
        clients.subscriber.pull(subscription=pair.subscription, max_messages=size)


def test_a_page_token_belongs_to_its_list(clients: Clients, pair: Pair) -> None:
    """A made up token or a negative size is refused; a deleted name does not disturb the next page."""
    for number in range(3):
        clients.publisher.create_topic(name=f"{pair.topic}-{number}")
    request = {"project": pair.project, "page_size": 2}
    first = clients.publisher.list_topics(request=request)
    token = first.next_page_token
    clients.publisher.delete_topic(topic=f"{pair.topic}-0")
    clients.publisher.delete_topic(topic=f"{pair.topic}-1")
    rest = clients.publisher.list_topics(request={**request, "page_token": token})
    assert [topic.name for topic in rest] == [f"{pair.topic}-2"]
    for wrong in ({"page_token": "made up"}, {"page_size": -1}):
        with pytest.raises(exceptions.InvalidArgument):
            clients.publisher.list_topics(request={"project": pair.project, **wrong})


def test_attempts_are_shown_with_a_dead_letter_policy_only(clients: Clients, pair: Pair) -> None:
    """Without one, delivery_attempt is 0."""
    publish_at_once(clients.publisher, pair.topic, [b"a"])
    (received,) = pulled(clients.subscriber, pair.subscription)
    assert received.delivery_attempt == 0
    update(clients, pair, {"dead_letter_policy": {"dead_letter_topic": pair.topic}}, ["dead_letter_policy"])
    for attempt in (2, 3):
        clients.subscriber.modify_ack_deadline(
            subscription=pair.subscription, ack_ids=[received.ack_id], ack_deadline_seconds=0
        )
        (received,) = pulled(clients.subscriber, pair.subscription)
        assert received.delivery_attempt == attempt


def test_a_pull_that_returns_immediately_does_not_wait(names: Pair) -> None:
    """Nothing there, nothing to wait for, however long other pulls wait."""
    request = {"subscription": names.subscription, "max_messages": 1, "return_immediately": True}
    with Emulator(pull_wait_seconds=60) as patient:
        patient.create_topic(names.topic)
        patient.create_subscription(names.subscription, names.topic)
        for clients in connected(patient.host):
            began = time.monotonic()
            with pytest.warns(DeprecationWarning, match="return_immediately"):
                answer = clients.subscriber.pull(request=request, timeout=40)
            assert not answer.received_messages
            assert time.monotonic() - began < 30
