"""Messages are pushed to a real HTTP server."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator

import google.auth.transport.requests
import pytest
from google.api_core import exceptions
from google.oauth2 import id_token

from emulator import Emulator
from tests.emulator.conftest import Clients, Pair
from tests.emulator.target import Received, Target, wait_until

ACCOUNT = "pusher@p.iam.gserviceaccount.com"


@pytest.fixture
def target() -> Iterator[Target]:
    """Where messages are pushed."""
    with Target() as server:
        yield server


def test_a_message_is_pushed_with_a_token(cloud: Emulator, own: Clients, names: Pair, target: Target) -> None:
    """The envelope has both spellings, and a token for the endpoint that google-auth verifies; 204 acknowledges."""
    target.answer = lambda _: 204
    own.publisher.create_topic(name=names.topic)
    config = {"push_endpoint": f"{target.url}/push?a=1", "oidc_token": {"service_account_email": ACCOUNT}}
    own.subscriber.create_subscription(name=names.subscription, topic=names.topic, push_config=config)
    message_id = own.publisher.publish(names.topic, b"hello", colour="red").result(timeout=20)
    cloud.drain(names.subscription)
    (received,) = target.wait_for(1)
    pushed = json.loads(received.body)
    assert (received.verb, received.path, pushed["subscription"]) == ("POST", "/push?a=1", names.subscription)
    assert pushed["message"]["messageId"] == pushed["message"]["message_id"] == message_id
    assert pushed["message"]["publishTime"] == pushed["message"]["publish_time"]
    assert base64.b64decode(pushed["message"]["data"]) == b"hello"
    assert pushed["message"]["attributes"] == {"colour": "red"}
    claims = id_token.verify_token(
        received.token,
        google.auth.transport.requests.Request(),
        audience=f"{target.url}/push?a=1",
        certs_url=f"http://{cloud.host}/oauth2/v1/certs",
    )
    assert claims["email"] == ACCOUNT


def test_what_is_not_acknowledged_is_pushed_again(
    cloud: Emulator, own_pair: Pair, own: Clients, target: Target
) -> None:
    """An error gives the message back."""
    target.answer = lambda _: 500 if len(target.received) < 3 else 200
    own.subscriber.modify_push_config(subscription=own_pair.subscription, push_config={"push_endpoint": target.url})
    cloud.publish(own_pair.topic, b"again")
    cloud.drain(own_pair.subscription)
    assert len(target.received) == 3


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_these_acknowledge(cloud: Emulator, own_pair: Pair, target: Target, status: int) -> None:
    """The message comes once."""
    target.answer = lambda _: status
    cloud.push(own_pair.subscription, target.url)
    cloud.publish(own_pair.topic, b"once")
    cloud.drain(own_pair.subscription)
    assert len(target.received) == 1


@pytest.mark.parametrize("status", [203, 206, 302, 400, 503])
def test_everything_else_does_not(cloud: Emulator, own_pair: Pair, target: Target, status: int) -> None:
    """Not even a redirect, which is not followed."""
    target.answer = lambda _: (status, {"Location": "/elsewhere"}) if len(target.received) == 1 else 200
    cloud.push(own_pair.subscription, f"{target.url}/here")
    cloud.publish(own_pair.topic, b"twice")
    cloud.drain(own_pair.subscription)
    assert [each.path for each in target.received] == ["/here", "/here"]


def test_who_takes_too_long_has_not_acknowledged(cloud: Emulator, own_pair: Pair, target: Target) -> None:
    """The ack deadline, by the emulator's clock."""
    release = threading.Event()
    target.answer = lambda _: release.wait(30) and 200 if len(target.received) == 1 else 200
    cloud.push(own_pair.subscription, target.url)
    cloud.publish(own_pair.topic, b"late")
    target.wait_for(1)
    cloud.advance(11)
    target.wait_for(2)
    release.set()
    cloud.drain(own_pair.subscription)


def test_an_ordering_key_goes_one_message_at_a_time(cloud: Emulator, names: Pair, target: Target) -> None:
    """In order, also when one is refused; other keys are not held back."""
    refused: set[bytes] = set()

    def answer(received: Received) -> int:
        data = base64.b64decode(json.loads(received.body)["message"]["data"])
        if data == b"a2" and data not in refused:
            refused.add(data)
            return 500
        return 200

    target.answer = answer
    cloud.create_topic(names.topic)
    config = {"push_endpoint": target.url}
    cloud.create_subscription(names.subscription, names.topic, push_config=config, enable_message_ordering=True)
    for number in range(5):
        for key in "ab":
            cloud.publish(names.topic, f"{key}{number}".encode(), ordering_key=key)
    cloud.drain(names.subscription)
    pushed = [json.loads(each.body)["message"] for each in target.received]
    said = [base64.b64decode(each["data"]).decode() for each in pushed]
    assert [each for each in said if each[0] == "a"] == ["a0", "a1", "a2", "a2", "a3", "a4"]
    assert [each for each in said if each[0] == "b"] == ["b0", "b1", "b2", "b3", "b4"]
    assert {each["orderingKey"] for each in pushed} == {"a", "b"}


def test_a_message_can_come_without_envelope(cloud: Emulator, own: Clients, own_pair: Pair, target: Target) -> None:
    """Its data is the body; metadata come in headers, if asked for."""
    for wanted in (False, True):
        config = {"push_endpoint": target.url, "no_wrapper": {"write_metadata": wanted}}
        own.subscriber.modify_push_config(subscription=own_pair.subscription, push_config=config)
        cloud.publish(own_pair.topic, b"bare", colour="red")
        cloud.drain(own_pair.subscription)
    bare, with_metadata = target.received
    assert (bare.body, bare.headers["colour"], bare.headers["x-goog-pubsub-message-id"]) == (b"bare", None, None)
    assert (with_metadata.body, with_metadata.headers["colour"]) == (b"bare", "red")
    assert with_metadata.headers["x-goog-pubsub-subscription-name"] == own_pair.subscription
    assert with_metadata.headers["x-goog-pubsub-message-id"] == "2"
    assert with_metadata.headers["x-goog-pubsub-publish-time"].endswith("Z")


def test_attributes_that_are_no_headers_hold_nothing_up(cloud: Emulator, own_pair: Pair, target: Target) -> None:
    """They are left out."""
    cloud.push(own_pair.subscription, target.url, no_wrapper={"write_metadata": True})
    odd = {"a b": "1", "line": "1\r\nx: 2", "Content-Length": "7", "transfer-encoding": "chunked", "fine": "1"}
    cloud.publish(own_pair.topic, b"data", **odd)
    cloud.drain(own_pair.subscription)
    (received,) = target.received
    assert (received.body, received.headers["fine"], received.headers["x"]) == (b"data", "1", None)


def test_a_message_out_of_attempts_becomes_a_dead_letter(cloud: Emulator, names: Pair, target: Target) -> None:
    """Each attempt says which it is."""
    target.answer = lambda _: 500
    dead_topic, dead = f"{names.project}/topics/dead", f"{names.project}/subscriptions/dead"
    for topic in (names.topic, dead_topic):
        cloud.create_topic(topic)
    cloud.create_subscription(dead, dead_topic)
    policy = {"dead_letter_topic": dead_topic, "max_delivery_attempts": 5}
    # A retry policy without waiting: the push back-off would slow this test down.
    retry = {"minimum_backoff": {"seconds": 0}, "maximum_backoff": {"seconds": 0}}
    config = {"push_endpoint": target.url}
    cloud.create_subscription(
        names.subscription, names.topic, push_config=config, dead_letter_policy=policy, retry_policy=retry
    )
    cloud.publish(names.topic, b"poison")
    cloud.drain(names.subscription)
    assert [json.loads(each.body)["deliveryAttempt"] for each in target.received] == [1, 2, 3, 4, 5]
    assert [message.data for message in cloud.outstanding(dead)] == [b"poison"]


def test_push_and_pull_are_switched_live(cloud: Emulator, own: Clients, own_pair: Pair, target: Target) -> None:
    """What waits goes the new way; a pull where messages are pushed is refused."""
    pull = {"subscription": own_pair.subscription, "max_messages": 10}
    cloud.publish(own_pair.topic, b"waits")
    cloud.push(own_pair.subscription, target.url)
    cloud.drain(own_pair.subscription)
    assert len(target.received) == 1
    with pytest.raises(exceptions.FailedPrecondition):
        own.subscriber.pull(request=pull)
    own.subscriber.modify_push_config(subscription=own_pair.subscription, push_config={})
    cloud.publish(own_pair.topic, b"pulled")
    (received,) = own.subscriber.pull(request=pull).received_messages
    assert (received.message.data, len(target.received)) == (b"pulled", 1)


def test_a_failing_endpoint_is_left_alone_for_a_while(cloud: Emulator, own_pair: Pair, target: Target) -> None:
    """The pauses double; moving the clock ends them."""
    target.answer = lambda _: 500
    cloud.push(own_pair.subscription, target.url)
    cloud.publish(own_pair.topic, b"a")

    def after_the_pause(condition: Callable[[], bool]) -> bool:
        cloud.advance(61)
        return condition()

    wait_until(lambda: after_the_pause(lambda: len(target.received) >= 8))
    target.answer = lambda _: 200
    wait_until(lambda: after_the_pause(lambda: not cloud.outstanding(own_pair.subscription)))


@pytest.mark.parametrize("endpoint", ["ftp://a.example", "a.example", "http://", "http://a.example:x/"])
def test_an_endpoint_is_a_url_of_http(own: Clients, own_pair: Pair, endpoint: str) -> None:
    """INVALID_ARGUMENT names it."""
    with pytest.raises(exceptions.InvalidArgument, match=re.escape(endpoint)):
        own.subscriber.modify_push_config(subscription=own_pair.subscription, push_config={"push_endpoint": endpoint})


def test_what_was_under_way_in_an_outage_comes_again(cloud: Emulator, own_pair: Pair, target: Target) -> None:
    """Nothing is lost, nothing hangs."""
    release = threading.Event()
    target.answer = lambda _: release.wait(30) and 200
    cloud.push(own_pair.subscription, target.url)
    cloud.publish(own_pair.topic, b"a")
    target.wait_for(1)
    cloud.stop_serving()
    release.set()
    assert len(cloud.outstanding(own_pair.subscription)) == 1
    cloud.serve()
    cloud.drain(own_pair.subscription)


def test_many_messages_are_pushed_soon(cloud: Emulator, own_pair: Pair, target: Target) -> None:
    """The window opens; each comes once."""
    cloud.push(own_pair.subscription, target.url)
    for number in range(300):
        cloud.publish(own_pair.topic, str(number).encode())
    cloud.drain(own_pair.subscription, timeout_seconds=30)
    assert len(target.received) == 300
