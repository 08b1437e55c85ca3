"""Messages are pushed to a real HTTP server."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import google.auth.transport.requests
import pytest
from google.oauth2 import id_token

from emulator import Emulator
from tests.emulator.conftest import Clients, Pair
from tests.emulator.target import Target

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
