"""The protocol of a streaming pull, request by request: what a client library other than Python's may send."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from google.api_core import exceptions
from google.pubsub_v1.types import StreamingPullRequest

from tests.emulator.collecting import publish_at_once
from tests.emulator.conftest import Clients, Pair

pytestmark = pytest.mark.not_at_googles_emulator


class Line:
    """A stream whose requests a test sends one by one."""

    def __init__(self, subscriber: Any, **first: Any) -> None:
        self._requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.send(**{"stream_ack_deadline_seconds": 60, **first})
        self._responses = subscriber.streaming_pull(
            requests=map(StreamingPullRequest, iter(self._requests.get, None)), timeout=20, retry=None
        )

    def send(self, **request: Any) -> None:
        """One more request."""
        self._requests.put(request)

    def half_close(self) -> None:
        """No more requests."""
        self._requests.put(None)

    def next(self) -> Any:
        """The next response."""
        return next(self._responses)

    def messages(self, count: int) -> list[Any]:
        """The next messages."""
        found: list[Any] = []
        while len(found) < count:
            found += self.next().received_messages
        return found

    def end(self) -> None:
        """The client goes away."""
        self.half_close()
        self._responses.cancel()


@contextmanager
def line(clients: Clients, pair: Pair, **first: Any) -> Iterator[Line]:
    """An open stream."""
    opened = Line(clients.subscriber, subscription=pair.subscription, **first)
    try:
        yield opened
    finally:
        opened.end()


def once(clients: Clients, names: Pair, **fields: Any) -> None:
    """A topic with a subscription with exactly-once delivery."""
    clients.publisher.create_topic(name=names.topic)
    request = {"name": names.subscription, "topic": names.topic, "enable_exactly_once_delivery": True, **fields}
    clients.subscriber.create_subscription(request=request)


def test_acknowledgements_on_the_stream_take_effect(clients: Clients, pair: Pair) -> None:
    """Acknowledged messages are gone, refused ones come again at once."""
    with line(clients, pair) as stream:
        publish_at_once(clients.publisher, pair.topic, [b"a", b"b"])
        first, second = stream.messages(2)
        stream.send(ack_ids=[first.ack_id], modify_deadline_ack_ids=[second.ack_id], modify_deadline_seconds=[0])
        (again,) = stream.messages(1)
    assert again.message == second.message


def test_exactly_once_streams_confirm(clients: Clients, names: Pair) -> None:
    """Each ack id is in one list of the confirmation: done, or invalid."""
    once(clients, names)
    with line(clients, names) as stream:
        publish_at_once(clients.publisher, names.topic, [b"a", b"b"])
        first, second = stream.messages(2)
        stream.send(modify_deadline_ack_ids=[first.ack_id, "0-0"], modify_deadline_seconds=[60, 60])
        extended = stream.next()
        stream.send(ack_ids=[first.ack_id, second.ack_id, "0-0"])
        acknowledged = stream.next()
    assert list(extended.modify_ack_deadline_confirmation.ack_ids) == [first.ack_id]
    assert list(extended.modify_ack_deadline_confirmation.invalid_ack_ids) == ["0-0"]
    assert list(acknowledged.acknowledge_confirmation.ack_ids) == [first.ack_id, second.ack_id]
    assert list(acknowledged.acknowledge_confirmation.invalid_ack_ids) == ["0-0"]
    assert acknowledged.subscription_properties.exactly_once_delivery_enabled


def test_exactly_once_streams_say_what_was_out_of_order(clients: Clients, names: Pair) -> None:
    """Of an ordering key, the second cannot be acknowledged before the first."""
    once(clients, names, enable_message_ordering=True)
    with line(clients, names) as stream:
        publish_at_once(clients.publisher, names.topic, [b"a", b"b"], ordering_key="k")
        first, second = stream.messages(2)
        stream.send(ack_ids=[second.ack_id])
        early = stream.next().acknowledge_confirmation
        stream.send(ack_ids=[first.ack_id, second.ack_id])
        confirmed = stream.next().acknowledge_confirmation
    assert list(early.unordered_ack_ids) == [second.ack_id]
    assert list(confirmed.ack_ids) == [first.ack_id, second.ack_id]


def test_a_lease_survives_its_stream_with_exactly_once_delivery(clients: Clients, names: Pair) -> None:
    """After a reconnect, the message may still be acknowledged under the ack id from before."""
    once(clients, names)
    publish_at_once(clients.publisher, names.topic, [b"a"])
    with line(clients, names) as stream:
        (message,) = stream.messages(1)
    with line(clients, names) as stream:
        stream.send(ack_ids=[message.ack_id])
        assert list(stream.next().acknowledge_confirmation.ack_ids) == [message.ack_id]


def test_a_sign_of_life_is_answered(clients: Clients, pair: Pair) -> None:
    """With protocol version 1, an empty request gets an empty response: the client knows that the stream is alive."""
    with line(clients, pair, protocol_version=1) as stream:
        stream.send()
        assert not stream.next().received_messages
        publish_at_once(clients.publisher, pair.topic, [b"a"])
        assert stream.messages(1)


@pytest.mark.parametrize(
    "request_",
    [
        {"max_outstanding_messages": 5},
        {"max_outstanding_bytes": 5},
        {"client_id": "me"},
        {"protocol_version": 1},
        {"subscription": "projects/p/subscriptions/other"},
        {"stream_ack_deadline_seconds": 9},
        {"stream_ack_deadline_seconds": 601},
        {"modify_deadline_ack_ids": ["1-1"], "modify_deadline_seconds": []},
        {"modify_deadline_ack_ids": ["1-1"], "modify_deadline_seconds": [601]},
        {"ack_ids": ["nonsense"]},
    ],
)
def test_a_request_against_the_rules_ends_the_stream(clients: Clients, pair: Pair, request_: dict[str, Any]) -> None:
    """Settings belong into the first request, numbers have limits, and an ack id has a shape."""
    with line(clients, pair) as stream:
        stream.send(**request_)
        with pytest.raises(exceptions.InvalidArgument):
            stream.next()


def test_the_first_request_needs_a_deadline(clients: Clients, pair: Pair) -> None:
    """A stream says at once how long its leases last."""
    with line(clients, pair, stream_ack_deadline_seconds=0) as stream, pytest.raises(exceptions.InvalidArgument):
        stream.next()


def test_a_half_closed_stream_ends(clients: Clients, pair: Pair) -> None:
    """A client that says it is done is let go, and its messages go to others."""
    publish_at_once(clients.publisher, pair.topic, [b"a"])
    with line(clients, pair) as stream:
        stream.messages(1)
        stream.half_close()
        with pytest.raises(StopIteration):
            stream.next()
    with line(clients, pair) as stream:
        assert stream.messages(1)


def test_flow_control_counts_bytes(clients: Clients, pair: Pair) -> None:
    """What is outstanding stays below the client's limit; an acknowledgement makes room."""
    with line(clients, pair, max_outstanding_bytes=1000) as stream:
        publish_at_once(clients.publisher, pair.topic, [b"x" * 600] * 3)
        first = stream.messages(1)
        stream.send(ack_ids=[first[0].ack_id])
        (second,) = stream.next().received_messages
    assert second.ack_id != first[0].ack_id


@pytest.mark.parametrize("change", ["detach", "push"])
def test_a_subscription_that_is_no_longer_pulled_ends_its_streams(clients: Clients, pair: Pair, change: str) -> None:
    """Detached or with an endpoint, streams and pulls end with FAILED_PRECONDITION."""
    with line(clients, pair) as stream:
        publish_at_once(clients.publisher, pair.topic, [b"the stream is open"])
        stream.messages(1)
        if change == "detach":
            clients.publisher.detach_subscription(request={"subscription": pair.subscription})
        else:
            clients.subscriber.modify_push_config(
                request={"subscription": pair.subscription, "push_config": {"push_endpoint": "https://example.com/"}}
            )
        with pytest.raises(exceptions.FailedPrecondition):
            stream.next()
    with pytest.raises(exceptions.FailedPrecondition):
        clients.subscriber.pull(subscription=pair.subscription, max_messages=1)
